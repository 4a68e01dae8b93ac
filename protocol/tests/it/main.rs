//! The messages of WeChat Pay, judged from outside: by vectors of others, by tables, by chance.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod bills;
mod calls;
mod jsapi;
mod key_rotation;
mod lengths;
mod message_vectors;
mod mode1;
mod notifies;
mod payment_codes;
mod properties;
mod refunds;
mod secrets;
mod sign_vectors;
mod support;
mod tools;
mod xml_rules;
