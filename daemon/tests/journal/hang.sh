#!/bin/sh
# A probe that never ends by itself.
exec tail -f /dev/null
