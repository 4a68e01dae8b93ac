//! Every file says everything, and nothing else; no sentence about money has changed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// One of each way to count, in every language.
const NUMBERS: [u32; 10] = [0, 1, 2, 3, 5, 11, 21, 22, 25, 101];

/// The most columns of a heading on the smallest panel; a full-width letter takes two.
const HEADING_COLUMNS_MAX: usize = 27;
/// The most columns of a step.
const STEP_COLUMNS_MAX: usize = 10;
/// The most columns of a button.
const BUTTON_COLUMNS_MAX: usize = 12;
/// What stands on buttons and keys.
const BUTTONS: [&str; 4] = ["cancel", "back", "close", "wechat-pay"];

/// The text of each message, by its id. Comments stand between messages.
fn entries(file: &str) -> BTreeMap<&str, String> {
    let mut entries = BTreeMap::new();
    let mut last = "";
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with(' ') {
            let text: &mut String = entries.get_mut(last).unwrap();
            text.push_str(line.trim());
        } else {
            let (id, text) = line.split_once(" =").unwrap();
            assert_eq!(entries.insert(id, text.trim().to_owned()), None, "{id} is there twice");
            last = id;
        }
    }
    entries
}

/// The names after `$`.
fn variables(text: &str) -> BTreeSet<&str> {
    let ends = |character: char| !character.is_ascii_lowercase();
    text.split('$').skip(1).filter_map(|rest| rest.split(ends).next()).collect()
}

/// A message with every variable there is, these as numbers and these as text.
fn filled(language: Language, id: &str, number: u32) -> (String, usize) {
    let message = language.messages().get_message(id).unwrap();
    let mut args = FluentArgs::new();
    ["page", "pages", "slot", "seconds"].into_iter().for_each(|name| args.set(name, number));
    args.set("number", number.to_string());
    args.set("price", language.price(number * 100));
    let mut errors = Vec::new();
    let value = message.value().unwrap();
    let text = language.messages().format_pattern(value, Some(&args), &mut errors);
    (text.into_owned(), errors.len())
}

/// Everything that this language can say, with this number wherever there is one.
fn everything(language: Language, number: u16) -> BTreeSet<String> {
    let price = language.price(u32::from(number) * 100);
    let page = u32::from(number);
    let mut said = vec![
        language.own_name(),
        language.attract_call(),
        language.attract_pay(),
        language.choose(),
        language.page(page, page),
        language.keypad(),
        language.keypad_no_item(&number.to_string()),
        language.buy(&price),
        language.slot(number),
        language.scan(),
        language.wechat_pay(),
        language.seconds_left(number),
        language.cancel(),
        language.code_unreadable(),
        language.order_number(),
        language.telephone(),
        language.show_number(),
        language.out_of_service(),
        language.back(),
        language.close(),
    ];
    let told = [
        language.starting(),
        language.preparing(),
        language.checking(),
        language.paid(),
        language.vending(),
        language.farewell(),
    ];
    said.extend(told.into_iter().flat_map(|(heading, body)| [heading, body]));
    said.extend(language.steps());
    let availabilities = [Availability::Available, Availability::SoldOut, Availability::Blocked];
    said.extend(availabilities.into_iter().filter_map(|it| language.unavailable(it)));
    for trouble in troubles() {
        let apology = language.apology(trouble, &price);
        said.push(apology.heading);
        said.extend(apology.body);
    }
    said.extend(outages().map(|reason| language.outage(reason)));
    said.into_iter().collect()
}

fn troubles() -> impl Iterator<Item = Trouble> {
    let kinds = [Trouble::NotVended, Trouble::InDoubtRefund, Trouble::PaidTooLate];
    let refunds = [Refund::Owed, Refund::UnderWay, Refund::Done];
    let refunded = kinds.into_iter().flat_map(move |kind| refunds.map(kind));
    refunded.chain([
        Trouble::InDoubt,
        Trouble::GatewayDown,
        Trouble::OrderRefused,
        Trouble::MachineFault,
        Trouble::SlotBlocked,
    ])
}

fn outages() -> impl Iterator<Item = Outage> {
    [
        Outage::BoardDown,
        Outage::LogDown,
        Outage::GatewayDown,
        Outage::ClockWrong,
        Outage::NothingToSell,
        Outage::Stopping,
        Outage::Service,
    ]
    .into_iter()
}

#[test]
fn every_file_is_sound() {
    for language in Language::ALL {
        let resource = FluentResource::try_new(language.file().to_owned());
        let resource = resource.map_err(|(_, errors)| errors).unwrap();
        let locale = language.code().parse().unwrap();
        let mut messages = Messages::new_concurrent(vec![locale]);
        assert_eq!(messages.add_resource(resource), Ok(()), "{language:?}");
    }
}

#[test]
fn every_file_has_the_messages_and_variables_of_the_english_one() {
    let english = entries(Language::English.file());
    for language in Language::ALL {
        let own = entries(language.file());
        assert_eq!(own.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>());
        for (id, text) in &own {
            assert!(language.messages().has_message(id), "{language:?}: {id}");
            let expected = variables(english.get(id).unwrap());
            assert_eq!(variables(text), expected, "{language:?}: {id}");
        }
    }
}

#[test]
fn every_message_can_be_said_of_every_number() {
    for language in Language::ALL {
        for (id, entry) in entries(language.file()) {
            for number in NUMBERS {
                let (text, errors) = filled(language, id, number);
                assert_eq!(errors, 0, "{language:?}: {id}");
                assert!(!text.trim().is_empty(), "{language:?}: {id}");
                assert!(!text.contains(['{', '}', '$', '\n']), "{language:?}: {id}: {text}");
                let named = variables(&entry).is_empty() || text.contains(&number.to_string());
                assert!(named, "{language:?}: {id}: {text}");
            }
        }
    }
}

/// No customer reads an id, and nothing stands in a file that nobody says.
#[test]
fn what_is_said_is_what_stands_in_the_file() {
    for language in Language::ALL {
        for number in [1, 2, 5, 21] {
            let written = entries(language.file()).into_keys();
            let written = written.map(|id| filled(language, id, number.into()).0);
            assert_eq!(everything(language, number), written.collect(), "{language:?}");
        }
    }
}

#[test]
fn files_are_tidy() {
    for language in Language::ALL {
        let file = language.file();
        assert!(file.starts_with("### ") && file.ends_with('\n') && !file.ends_with("\n\n"));
        assert!(!file.contains(['\t', '\r', '\u{feff}']), "{language:?}");
        for line in file.lines() {
            assert_eq!(line.trim_end(), line, "{language:?}");
            // In this order the files can be laid side by side.
            assert!(!line.contains("  ") || line.starts_with("   "), "{language:?}: {line}");
        }
        let order = |file: &'static str| {
            let starts = file.lines().filter_map(|line| line.split_once(" =").map(|(id, _)| id));
            starts.collect::<Vec<_>>()
        };
        assert_eq!(order(file), order(Language::English.file()), "{language:?}");
        for id in order(file) {
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{id}");
        }
    }
}

/// Columns on a screen: a full-width letter takes two.
fn columns(text: &str) -> usize {
    text.chars().map(|character| if character >= '\u{1100}' { 2 } else { 1 }).sum()
}

#[test]
fn what_must_be_short_is_short() {
    for language in Language::ALL {
        for id in entries(language.file()).into_keys() {
            let most = if id.ends_with("-heading") || ["choose", "refunded"].contains(&id) {
                HEADING_COLUMNS_MAX
            } else if id.starts_with("step-") {
                STEP_COLUMNS_MAX
            } else if BUTTONS.contains(&id) {
                BUTTON_COLUMNS_MAX
            } else {
                continue;
            };
            let (text, _) = filled(language, id, 1);
            assert!(columns(&text) <= most, "{language:?}: {id}: {text}");
        }
    }
}

#[test]
fn seconds_are_counted_as_each_language_counts() {
    let said = |language: Language| NUMBERS.map(|n| language.seconds_left(n.try_into().unwrap()));
    let english = said(Language::English);
    assert_eq!(english.iter().filter(|text| text.ends_with(" second left")).count(), 1);
    assert!(english.contains(&"21 seconds left".to_owned()));
    let russian = |number| Language::Russian.seconds_left(number);
    for (forms, word) in
        [(&[1, 21, 101][..], "секунда"), (&[2, 3, 22], "секунды"), (&[0, 5, 11, 25], "секунд")]
    {
        for number in forms {
            assert_eq!(russian(*number), format!("Ещё {number} {word}"));
        }
    }
    let french = |number| Language::French.seconds_left(number);
    assert_eq!(
        [0, 1, 2].map(french),
        ["Encore 0 seconde", "Encore 1 seconde", "Encore 2 secondes"]
    );
}

/// A no-break space before the marks that have one in French, and after the signs for "number".
#[test]
fn spaces_that_must_not_break_do_not() {
    for text in everything(Language::French, 1) {
        for (index, mark) in text.match_indices([':', '!', '?', ';']) {
            let before = text.get(..index).unwrap();
            assert!(before.ends_with('\u{a0}'), "{mark} in {text}");
        }
        assert!(!text.contains(['\'', '"']), "{text}");
    }
    let both = [Language::French, Language::Russian];
    for text in both.into_iter().flat_map(|language| everything(language, 1)) {
        let loose = ["° ", "№ ", " ¥", " —"].into_iter().find(|loose| text.contains(loose));
        assert_eq!(loose, None, "{text}");
    }
}

/// Money comes back, or was not taken, in every language: the amount stands in the news of it.
#[test]
fn the_amount_is_named_where_money_was_taken() {
    for language in Language::ALL {
        let price = language.price(350);
        for trouble in troubles() {
            let apology = language.apology(trouble, &price);
            let named = apology.body.iter().filter(|text| text.contains(&price)).count();
            let taken = trouble.refund().is_some() || trouble == Trouble::InDoubt;
            assert_eq!(named, usize::from(taken), "{language:?}: {trouble:?}: {:?}", apology.body);
            assert!(!apology.heading.contains(&price), "{language:?}: {trouble:?}");
        }
    }
}
