#!/usr/bin/env python3
"""The back end of an operator's mini-program: has a machine open an order for somebody's phone.

Prints what the mini-program hands to wx.requestPayment, after its signature was checked with
nothing but the standard library. Ends with 1 when the machine refuses or the signature is wrong.
"""

import argparse
import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

# Longer than the machine waits for WeChat.
TIMEOUT_S = 30
# A phone whose clock or whose order is older than this shows an error of its own.
AGE_S_MAX = 300


def main():
    options = read_options()
    machine = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    buyer = {"js_code": options.js_code} if options.js_code else {"openid": options.openid}
    request = urllib.request.Request(
        f"{options.intake}/jsapi/order",
        data=json.dumps({"slot": options.slot, **buyer}).encode(),
        headers={
            "Authorization": f"Bearer {options.token_file.read_text().strip()}",
            "Content-Type": "application/json",
        },
    )
    try:
        with machine.open(request, timeout=TIMEOUT_S) as answer:
            order = json.load(answer)
    except urllib.error.HTTPError as refusal:
        print(refusal.read().decode())
        sys.exit(f"the machine refuses: {refusal.code}")
    print(json.dumps(order))
    fault = find_fault(order, options.appid, options.key_file.read_text().strip())
    if fault:
        sys.exit(fault)


def find_fault(order, appid, key):
    """What is wrong with the parameters for wx.requestPayment, if anything is."""
    signed = {"appId", "timeStamp", "nonceStr", "package", "signType"}
    names = signed | {"out_trade_no", "paySign"}
    if set(order) != names:
        return f"{sorted(set(order) ^ names)} should not be there, or should"
    if any(type(value) is not str for value in order.values()):
        return "wx.requestPayment takes strings alone"
    if not order["package"].startswith("prepay_id="):
        return "the package is no prepay_id"
    if len(order["timeStamp"]) != 10 or abs(time.time() - int(order["timeStamp"])) > AGE_S_MAX:
        return "the timeStamp is not now, in seconds"
    if order["appId"] != appid:
        return "the appId is another's"
    text = "&".join(f"{name}={order[name]}" for name in sorted(signed)) + f"&key={key}"
    digest = {
        "MD5": lambda: hashlib.md5(text.encode()),
        "HMAC-SHA256": lambda: hmac.new(key.encode(), text.encode(), hashlib.sha256),
    }.get(order["signType"])
    if digest is None:
        return f"there is no signType {order['signType']}"
    if not hmac.compare_digest(digest().hexdigest().upper(), order["paySign"]):
        return "the paySign does not hold"
    return None


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--intake", required=True, help="address of the machine: http://HOST:PORT")
    parser.add_argument("--token-file", required=True, type=Path, help="the intake's token")
    parser.add_argument("--key-file", required=True, type=Path, help="the merchant's API key")
    parser.add_argument("--appid", required=True, help="of the mini-program")
    parser.add_argument("--slot", required=True, type=int)
    buyer = parser.add_mutually_exclusive_group(required=True)
    buyer.add_argument("--js-code", help="from wx.login")
    buyer.add_argument("--openid", help="if it is known already")
    return parser.parse_args()


if __name__ == "__main__":
    main()
