//! `out_trade_no`: machine, Beijing day, running number and four random characters.

use protocol::{BeijingTime, OutTradeNo};

use super::settings::MachineId;
use super::time::Now;

/// Letters and digits that nobody mistakes for one another when a number is read out on the
/// telephone.
const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz0";

/// The number of a new order, such as `VM0001-20240102-000017-k3f9`: at most 32 characters of
/// `[0-9A-Za-z-]` (APIv2, unifiedorder).
///
/// The running number is unique within the log. The random characters keep it unique when the log
/// was lost: a number that is used again could be taken for one that is already paid.
pub fn order_number(machine: &MachineId, number: u64, now: &Now) -> OutTradeNo {
    let time = BeijingTime::from_unix_ms(now.wall.unix_ms()).to_string();
    let day = time.get(..8).unwrap_or("00000000");
    let text = format!("{machine}-{day}-{:06}-{}", number % 1_000_000, salt(now.random));
    OutTradeNo::parse(&text).unwrap_or_else(|error| {
        unreachable!("a machine id of 10 characters makes a good out_trade_no: {text}: {error}")
    })
}

fn salt(random: u32) -> String {
    (0..4)
        .map(|place| {
            let digit = (random >> (5 * place)) & 31;
            ALPHABET.get(digit as usize).map_or('0', |&byte| char::from(byte))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::time::Timestamp;
    use super::*;

    fn at(unix_ms: i64, random: u32) -> Now {
        Now { monotonic: Duration::ZERO, wall: Timestamp::from_unix_ms(unix_ms), random }
    }

    #[test]
    fn a_number_tells_machine_day_and_count() {
        let machine = MachineId::parse("VM0001").expect("a good id");
        // 2024-01-01 16:30 UTC is 2024-01-02 in Beijing.
        let number = order_number(&machine, 17, &at(1_704_126_600_000, 0));
        assert_eq!(number.as_str(), "VM0001-20240102-000017-2222");
    }

    #[test]
    fn the_longest_number_fits() {
        let machine = MachineId::parse("ABCDEFGHIJ").expect("a good id");
        let number = order_number(&machine, u64::MAX, &at(i64::MAX / 2, u32::MAX));
        assert!(number.as_str().len() <= 32, "{number}");
    }

    #[test]
    fn another_random_number_makes_another_order_number() {
        let machine = MachineId::parse("VM1").expect("a good id");
        let numbers = [0, 1, 32, 1 << 10, 1 << 15].map(|r| order_number(&machine, 1, &at(0, r)));
        for (i, a) in numbers.iter().enumerate() {
            assert!(numbers.iter().skip(i + 1).all(|b| a != b));
        }
    }
}
