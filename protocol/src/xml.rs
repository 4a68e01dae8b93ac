//! Messages as XML: one root, a flat list of elements, nothing else.
//!
//! The reader is stricter than XML where the looseness has cost others money: a document type is
//! refused (external entities read files, inner ones multiply), so are an element that comes twice
//! (which of the two was signed?) and elements within elements. It is as loose as XML where the
//! looseness is harmless: attributes, comments, blanks between elements, a byte order mark.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

use crate::Fields;
use crate::fields::{NAME_BYTES_MAX, is_name, is_xml_char};
use crate::value::clip;

/// Longest body that is read. A notify with many coupons has 4 KiB; all that is longer is noise.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// Most elements in a message. A notify has about 20, and three more for each coupon.
pub const ELEMENTS_MAX: usize = 256;

/// The root element of all messages but one.
const ROOT: &str = "xml";

/// How much of a stranger's text an error repeats, in characters.
const QUOTE_MAX: usize = 80;

/// Why a body is not a message. A proxy's HTML page ends here too.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// More than [`BODY_BYTES_MAX`].
    #[error("body of {bytes} bytes is longer than {BODY_BYTES_MAX}")]
    TooLong {
        /// Length of the body.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("body is not UTF-8 after byte {valid}")]
    NotUtf8 {
        /// How many bytes at the beginning are.
        valid: usize,
    },
    /// A character that XML 1.0 forbids, in the open or as `&#1;`.
    #[error("body contains U+{:04X}, which XML forbids", u32::from(*.0))]
    ForbiddenChar(char),
    /// Not well-formed.
    #[error("body is not XML at byte {at}: {what}")]
    Syntax {
        /// Offset in the body.
        at: u64,
        /// What the parser says.
        what: String,
    },
    /// `<!DOCTYPE`, with or without entities.
    #[error("body has a document type, which no message has")]
    DocType,
    /// Another root than all messages have, or a second root.
    #[error("root element is <{found}>, not <{expected}>")]
    Root {
        /// The root of the body.
        found: String,
        /// The root of such a message.
        expected: &'static str,
    },
    /// The body ends before the root does, or has none.
    #[error("body ends before </{0}>")]
    Unfinished(&'static str),
    /// An element within a field.
    #[error("element <{0}> stands within another field")]
    Nested(String),
    /// A field that comes twice.
    #[error("element <{0}> comes twice")]
    Twice(String),
    /// A name outside of the specification's alphabet.
    #[error("element <{0}> is not named with 1 to {NAME_BYTES_MAX} of 0-9 A-Z a-z _")]
    Name(String),
    /// More than [`ELEMENTS_MAX`].
    #[error("body has more than {ELEMENTS_MAX} elements")]
    TooMany,
    /// An entity that XML does not know by itself.
    #[error("body refers to &{0};, which is not defined")]
    Entity(String),
    /// Text or an instruction between the fields.
    #[error("body has something between its fields: {0:?}")]
    Stray(String),
}

/// Reads a message.
///
/// # Errors
///
/// A body that is too long, not UTF-8, not well-formed, or not a flat list within `<xml>`.
pub fn parse(bytes: &[u8]) -> Result<Fields, XmlError> {
    parse_within(ROOT, bytes)
}

/// Reads a message within another root.
pub(crate) fn parse_within(root: &'static str, bytes: &[u8]) -> Result<Fields, XmlError> {
    if bytes.len() > BODY_BYTES_MAX {
        return Err(XmlError::TooLong { bytes: bytes.len() });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| XmlError::NotUtf8 { valid: error.valid_up_to() })?;
    if let Some(forbidden) = text.chars().find(|c| !is_xml_char(*c)) {
        return Err(XmlError::ForbiddenChar(forbidden));
    }
    let mut reader = Reader::from_str(text);
    let mut message = Message { root, fields: Fields::new(), place: Place::BeforeRoot };
    while message.place != Place::End {
        let event = reader.read_event().map_err(|error| XmlError::Syntax {
            at: reader.error_position(),
            what: clip(&error.to_string(), QUOTE_MAX),
        })?;
        message.take(event)?;
    }
    Ok(message.fields)
}

/// Writes a message: no blanks, no declaration, values escaped.
pub fn write(fields: &Fields) -> String {
    let mut body = String::with_capacity(1024);
    body.push_str("<xml>");
    for (name, value) in fields.iter() {
        body.extend(["<", name, ">"]);
        escape(value, &mut body);
        body.extend(["</", name, ">"]);
    }
    body.push_str("</xml>");
    body
}

/// Escapes text. With `>` escaped too, `]]>` cannot occur. A reader makes a line feed of a bare
/// carriage return, so that one is sent as a reference.
fn escape(value: &str, body: &mut String) {
    for c in value.chars() {
        match c {
            '&' => body.push_str("&amp;"),
            '<' => body.push_str("&lt;"),
            '>' => body.push_str("&gt;"),
            '\r' => body.push_str("&#13;"),
            _ => body.push(c),
        }
    }
}

/// A message half read.
struct Message {
    root: &'static str,
    fields: Fields,
    place: Place,
}

/// Where in the message the reader is.
///
/// ```text
/// BeforeRoot ──<root>──► InRoot ──</root>──► AfterRoot ──► End
///                         │  ▲
///                  <name> ▼  │ </name>
///                        InField
/// ```
#[derive(PartialEq)]
enum Place {
    BeforeRoot,
    InRoot,
    InField { name: String, value: String },
    AfterRoot,
    End,
}

impl Message {
    fn take(&mut self, event: Event<'_>) -> Result<(), XmlError> {
        match event {
            Event::Start(tag) => self.open(tag.name().as_ref()),
            Event::Empty(tag) => {
                self.open(tag.name().as_ref())?;
                self.close();
                Ok(())
            }
            Event::End(_) => {
                self.close();
                Ok(())
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                self.text(resolve(&reference)?.encode_utf8(&mut [0; 4]))
            }
            Event::Comment(_) => Ok(()),
            Event::Decl(_) if self.place == Place::BeforeRoot => Ok(()),
            Event::Decl(_) => Err(XmlError::Stray("<?xml ..?>".to_owned())),
            Event::PI(instruction) => Err(XmlError::Stray(clip(&instruction, QUOTE_MAX))),
            Event::DocType(_) => Err(XmlError::DocType),
            Event::Eof if self.place == Place::AfterRoot => {
                self.place = Place::End;
                Ok(())
            }
            Event::Eof => Err(XmlError::Unfinished(self.root)),
        }
    }

    fn open(&mut self, name: &str) -> Result<(), XmlError> {
        let quoted = || clip(name, QUOTE_MAX);
        match self.place {
            Place::BeforeRoot if name == self.root => self.place = Place::InRoot,
            Place::BeforeRoot | Place::AfterRoot | Place::End => {
                return Err(XmlError::Root { found: quoted(), expected: self.root });
            }
            Place::InField { .. } => return Err(XmlError::Nested(quoted())),
            Place::InRoot if !is_name(name) => return Err(XmlError::Name(quoted())),
            Place::InRoot if self.fields.get(name).is_some() => {
                return Err(XmlError::Twice(quoted()));
            }
            Place::InRoot if self.fields.len() == ELEMENTS_MAX => return Err(XmlError::TooMany),
            Place::InRoot => {
                self.place = Place::InField { name: name.to_owned(), value: String::new() };
            }
        }
        Ok(())
    }

    /// The parser has checked that the tag is the one that was opened last.
    fn close(&mut self) {
        match std::mem::replace(&mut self.place, Place::InRoot) {
            Place::InField { name, value } => {
                self.fields.set(&name, value);
            }
            Place::InRoot => self.place = Place::AfterRoot,
            outside @ (Place::BeforeRoot | Place::AfterRoot | Place::End) => self.place = outside,
        }
    }

    /// All pieces of a field make its value; between the fields only blanks may stand.
    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match &mut self.place {
            Place::InField { value, .. } => value.push_str(text),
            Place::BeforeRoot | Place::InRoot | Place::AfterRoot | Place::End => {
                if !text.trim().is_empty() {
                    return Err(XmlError::Stray(clip(text, QUOTE_MAX)));
                }
            }
        }
        Ok(())
    }
}

/// The five names that XML knows, and characters by number.
fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    let unknown = || XmlError::Entity(clip(reference, QUOTE_MAX));
    if !reference.is_char_ref() {
        return resolve_xml_entity(reference)
            .and_then(|text| text.chars().next())
            .ok_or_else(unknown);
    }
    match reference.resolve_char_ref() {
        Ok(Some(c)) if is_xml_char(c) => Ok(c),
        Ok(Some(c)) => Err(XmlError::ForbiddenChar(c)),
        Ok(None) | Err(_) => Err(unknown()),
    }
}
