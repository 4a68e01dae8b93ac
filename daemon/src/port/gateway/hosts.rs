//! Which of WeChat's hosts is asked: the primary, or its backup while the primary cannot be had.
//!
//! The rule is that of the sample in WeChat's own SDK (APIv2, backup host): a host that could not
//! be connected to three times in a row is left for three minutes. A failed request is not repeated
//! on the other host by this rule; the next one goes there.

use std::time::Duration;

/// So long the backup is used before the primary gets another chance.
const BACK_AFTER: Duration = Duration::from_secs(3 * 60);

/// A host may fail to be connected to, or to be found, so often.
const FAILURES_MAX: u32 = 2;

/// So many good answers in a row forget all faults.
const GOOD_ENOUGH: u32 = 2;

/// What came of one request, as far as its host is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer.
    Answered,
    /// No connection in time.
    ConnectTimeout,
    /// The name is not known.
    DnsError,
    /// Anything else, such as an answer that did not come in time.
    OtherError,
}

/// One of the hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// `api`.
    Primary,
    /// `api2`.
    Backup,
}

/// The two hosts and how they did. Times are on the monotonic clock.
#[derive(Debug)]
pub(super) struct Hosts {
    primary: Host,
    backup: Option<Host>,
    switched_at: Option<Duration>,
}

#[derive(Debug)]
struct Host {
    base_url: String,
    record: Record,
}

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    answers_in_row: u32,
    connect_timeouts: u32,
    dns_errors: u32,
    other_errors: u32,
}

impl Hosts {
    pub(super) fn new(primary: String, backup: Option<String>) -> Self {
        let host = |base_url| Host { base_url, record: Record::default() };
        Self { primary: host(primary), backup: backup.map(host), switched_at: None }
    }

    /// The host for the next request, and the root of its paths.
    pub(super) fn choose(&mut self, now: Duration) -> (Which, &str) {
        let backup_is_used_up = self.switched_at.is_some_and(|at| now >= at + BACK_AFTER);
        if backup_is_used_up {
            self.switched_at = None;
            self.primary.record = Record::default();
            if let Some(backup) = &mut self.backup {
                backup.record = Record::default();
            }
        }
        let primary = self.primary.record;
        match &self.backup {
            Some(Host { base_url, record })
                if !primary.is_good()
                    && (record.is_good() || record.badness() < primary.badness()) =>
            {
                self.switched_at.get_or_insert(now);
                (Which::Backup, base_url)
            }
            Some(_) | None => (Which::Primary, &self.primary.base_url),
        }
    }

    /// What came of a request to `which`.
    pub(super) fn heard(&mut self, which: Which, outcome: Outcome) {
        match (which, &mut self.backup) {
            (Which::Backup, Some(backup)) => backup.record.hear(outcome),
            (Which::Primary | Which::Backup, _) => self.primary.record.hear(outcome),
        }
    }
}

impl Record {
    fn hear(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Answered if self.answers_in_row >= GOOD_ENOUGH => {
                *self = Self { answers_in_row: self.answers_in_row, ..Self::default() };
            }
            Outcome::Answered => self.answers_in_row += 1,
            Outcome::ConnectTimeout => {
                self.answers_in_row = 0;
                self.dns_errors = 0;
                self.connect_timeouts += 1;
            }
            Outcome::DnsError => {
                self.answers_in_row = 0;
                self.dns_errors += 1;
            }
            Outcome::OtherError => {
                self.answers_in_row = 0;
                self.other_errors += 1;
            }
        }
    }

    fn is_good(self) -> bool {
        self.connect_timeouts <= FAILURES_MAX && self.dns_errors <= FAILURES_MAX
    }

    fn badness(self) -> u32 {
        self.connect_timeouts + 5 * self.dns_errors + self.other_errors / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    fn hosts() -> Hosts {
        Hosts::new("https://api".to_owned(), Some("https://api2".to_owned()))
    }

    fn fail(hosts: &mut Hosts, which: Which, outcome: Outcome, times: usize) {
        for _ in 0..times {
            hosts.heard(which, outcome);
        }
    }

    #[test]
    fn the_primary_is_left_after_the_third_failed_connection_and_no_earlier() {
        for outcome in [Outcome::ConnectTimeout, Outcome::DnsError] {
            let mut hosts = hosts();
            fail(&mut hosts, Which::Primary, outcome, 2);
            assert_eq!(hosts.choose(START), (Which::Primary, "https://api"));
            fail(&mut hosts, Which::Primary, outcome, 1);
            assert_eq!(hosts.choose(START), (Which::Backup, "https://api2"));
        }
    }

    #[test]
    fn an_answer_that_comes_late_or_is_broken_changes_no_host() {
        let mut hosts = hosts();
        fail(&mut hosts, Which::Primary, Outcome::OtherError, 100);
        assert_eq!(hosts.choose(START).0, Which::Primary);
    }

    #[test]
    fn after_three_minutes_the_primary_gets_another_chance() {
        let mut hosts = hosts();
        fail(&mut hosts, Which::Primary, Outcome::ConnectTimeout, 3);
        assert_eq!(hosts.choose(START).0, Which::Backup);
        assert_eq!(hosts.choose(START + Duration::from_secs(179)).0, Which::Backup);
        assert_eq!(hosts.choose(START + Duration::from_secs(180)).0, Which::Primary);
        fail(&mut hosts, Which::Primary, Outcome::ConnectTimeout, 2);
        assert_eq!(hosts.choose(START + Duration::from_secs(181)).0, Which::Primary);
    }

    #[test]
    fn of_two_bad_hosts_the_less_bad_is_taken() {
        let mut hosts = hosts();
        fail(&mut hosts, Which::Primary, Outcome::ConnectTimeout, 3);
        fail(&mut hosts, Which::Backup, Outcome::DnsError, 3);
        assert_eq!(hosts.choose(START).0, Which::Primary);
        fail(&mut hosts, Which::Primary, Outcome::ConnectTimeout, 20);
        assert_eq!(hosts.choose(START).0, Which::Backup);
    }

    #[test]
    fn good_answers_forget_old_faults() {
        let mut hosts = hosts();
        fail(&mut hosts, Which::Primary, Outcome::ConnectTimeout, 2);
        fail(&mut hosts, Which::Primary, Outcome::Answered, 3);
        fail(&mut hosts, Which::Primary, Outcome::ConnectTimeout, 2);
        assert_eq!(hosts.choose(START).0, Which::Primary);
    }

    #[test]
    fn without_a_backup_the_primary_is_all_there_is() {
        let mut hosts = Hosts::new("https://api".to_owned(), None);
        fail(&mut hosts, Which::Primary, Outcome::DnsError, 9);
        assert_eq!(hosts.choose(START).0, Which::Primary);
    }
}
