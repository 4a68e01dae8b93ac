//! Signatures on which five other implementations agree (T01 to T22).

use std::collections::BTreeMap;

use protocol::Fields;
use protocol::sign::{self, ApiKey, SignType};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    id: String,
    key: String,
    params: BTreeMap<String, String>,
    md5: String,
    hmac_sha256: String,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../vectors/sign.json")).unwrap()
}

fn fields(vector: &Vector) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in &vector.params {
        fields.set(name, value);
    }
    fields
}

#[test]
fn every_vector_is_signed_as_others_sign_it() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 22);
    for vector in vectors {
        let key = ApiKey::parse(&vector.key).unwrap();
        let fields = fields(&vector);
        let sign = |sign_type| sign::sign(&fields, &key, sign_type);
        assert_eq!(sign(SignType::Md5), vector.md5, "{} MD5", vector.id);
        assert_eq!(sign(SignType::HmacSha256), vector.hmac_sha256, "{} HMAC", vector.id);
    }
}

#[test]
fn every_vector_is_verified_in_its_mode_only() {
    for vector in vectors() {
        let key = ApiKey::parse(&vector.key).unwrap();
        for (right, wrong, sign) in [
            (SignType::Md5, SignType::HmacSha256, &vector.md5),
            (SignType::HmacSha256, SignType::Md5, &vector.hmac_sha256),
        ] {
            let mut fields = fields(&vector);
            // T03 and T04 sign a sign_type that contradicts one of the two modes.
            let contradicts = fields.get("sign_type").is_some_and(|told| told != right.as_str());
            fields.set("sign", sign);
            let verified = sign::verify_any(fields.clone(), &key).map(|(_, found)| found);
            assert_eq!(verified.ok(), (!contradicts).then_some(right), "{}", vector.id);
            assert_eq!(sign::verify(fields.clone(), &key, right).is_ok(), !contradicts);
            assert!(sign::verify(fields, &key, wrong).is_err(), "{}", vector.id);
        }
    }
}

#[test]
fn the_string_to_sign_is_shown_without_the_key() {
    for (id, expected) in [
        (
            "T01",
            "appid=wxd930ea5d5a258f4f&body=test&device_info=1000&mch_id=10000100\
             &nonce_str=ibuaiVcKdpRxkhJA&key=***",
        ),
        (
            "T06",
            "appid=wx8888888888888888&mch_id=1900000109&nonce_str=abcdefghijklmnop\
             &out_trade_no=202401020001&key=***",
        ),
        ("T18", "B=5&a0=4&aB=1&a_b=2&ab=3&b=6&key=***"),
    ] {
        let vector = vectors().into_iter().find(|vector| vector.id == id).unwrap();
        assert_eq!(sign::string_to_sign(&fields(&vector)), expected, "{id}");
    }
}
