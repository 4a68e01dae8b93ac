//! The random text that makes every request different.

use crate::value::{made_of, text_value};

text_value! {
    /// A random text, new for every request. APIv2 common parameters, `nonce_str` String(32).
    NonceStr = "nonce_str", "1 to 32 of 0-9 A-Z a-z",
    |text| made_of(text, 32, |b| b.is_ascii_alphanumeric())
}

impl NonceStr {
    /// 128 fresh random bits as 32 hexadecimal digits.
    ///
    /// # Panics
    ///
    /// When the kernel has no random numbers; TLS could not work on such a machine either.
    pub fn random() -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the kernel gives random numbers");
        Self(format!("{:032x}", u128::from_be_bytes(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ones_are_well_formed_and_differ() {
        let nonce = NonceStr::random();
        assert_eq!(nonce.as_str().len(), 32);
        assert_eq!(NonceStr::parse(nonce.as_str()).as_ref(), Ok(&nonce));
        assert_ne!(nonce, NonceStr::random());
    }
}
