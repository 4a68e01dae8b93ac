//! What XML may look like and what it then says: a table, text in and text out.

use protocol::Fields;
use protocol::xml::{self, BODY_BYTES_MAX, ELEMENTS_MAX};

/// The fields as `name=value`, joined with `|`; or the error.
fn read(body: &str) -> String {
    match xml::parse(body.as_bytes()) {
        Ok(fields) => show(&fields),
        Err(error) => format!("! {error}"),
    }
}

fn show(fields: &Fields) -> String {
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("|")
}

#[test]
fn what_a_body_says() {
    for (body, said) in [
        // Empty, three ways.
        ("<xml><a><![CDATA[]]></a></xml>", "a="),
        ("<xml><a/></xml>", "a="),
        ("<xml><a></a></xml>", "a="),
        // Blanks are part of the value.
        ("<xml><a><![CDATA[ x ]]></a></xml>", "a= x "),
        ("<xml><a>   </a></xml>", "a=   "),
        ("<xml><a> x </a></xml>", "a= x "),
        // Text and CDATA in pieces.
        ("<xml><a>x<![CDATA[y]]>z</a></xml>", "a=xyz"),
        ("<xml><a><![CDATA[x]]]]><![CDATA[>y]]></a></xml>", "a=x]]>y"),
        // References; none within CDATA.
        ("<xml><a>A&amp;B&lt;&#20013;</a></xml>", "a=A&B<中"),
        ("<xml><a>&gt;&quot;&apos;&#x4e2d;&#13;</a></xml>", "a=>\"'中\r"),
        ("<xml><a><![CDATA[&amp;<b>]]></a></xml>", "a=&amp;<b>"),
        // Decoded once, not twice.
        ("<xml><a>&amp;lt;</a></xml>", "a=&lt;"),
        // Harmless.
        ("<xml><a>x<!-- c -->y</a></xml>", "a=xy"),
        ("<xml v='1'><a t=\"s\">x</a></xml>", "a=x"),
        ("<xml><a>007</a><b>1.0</b></xml>", "a=007|b=1.0"),
        ("\u{feff}<xml><a>x</a></xml>", "a=x"),
        ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n <a>x</a>\n</xml>\n", "a=x"),
        ("<!-- c --><xml><!-- c --><a>x</a></xml><!-- c -->", "a=x"),
        ("<xml></xml>", ""),
        ("<xml/>", ""),
        // Line ends become line feeds.
        ("<xml><a><![CDATA[x\r\ny\rz]]></a></xml>", "a=x\ny\nz"),
        ("<xml><a>x\r\ny</a></xml>", "a=x\ny"),
        // Names are told apart by case.
        ("<xml><a>1</a><A>2</A></xml>", "A=2|a=1"),
    ] {
        assert_eq!(read(body), said, "{body}");
    }
}

#[test]
fn what_is_no_body() {
    for (body, error) in [
        ("<xml><a>1</a><a>2</a></xml>", "element <a> comes twice"),
        ("<xml><a>1</a><a/></xml>", "element <a> comes twice"),
        ("<xml><a><b>1</b></a></xml>", "element <b> stands within another field"),
        ("<xml><a>x<b/></a></xml>", "element <b> stands within another field"),
        (
            "<!DOCTYPE xml [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><xml><a>&e;</a></xml>",
            "body has a document type",
        ),
        ("<!DOCTYPE xml [<!ENTITY e \"x\">]><xml><a>&e;</a></xml>", "body has a document type"),
        ("<!DOCTYPE xml><xml/>", "body has a document type"),
        ("<!doctype html><html/>", "body has a document type"),
        ("<xml><!DOCTYPE x></xml>", "body has a document type"),
        ("<xml><a>&e;</a></xml>", "body refers to &e;"),
        ("<xml><a>&nbsp;</a></xml>", "body refers to &nbsp;"),
        ("<xml><a>&#x110000;</a></xml>", "body refers to &#x110000;"),
        ("<xml><a>&#xD800;</a></xml>", "body refers to &#xD800;"),
        ("<xml><a>&#0;</a></xml>", "body refers to &#0;"),
        ("<xml><a>&#1;</a></xml>", "body contains U+0001"),
        ("<xml><a>&#xFFFE;</a></xml>", "body contains U+FFFE"),
        ("<xml><a>\u{1}</a></xml>", "body contains U+0001"),
        ("<xml><a>\u{0}</a></xml>", "body contains U+0000"),
        ("<root><a>1</a></root>", "root element is <root>"),
        ("<XML><a>1</a></XML>", "root element is <XML>"),
        ("<xml/><xml><a>1</a></xml>", "root element is <xml>"),
        ("<xml></xml><a/>", "root element is <a>"),
        ("", "body ends before </xml>"),
        ("\u{feff}", "body ends before </xml>"),
        ("<xml>", "body ends before </xml>"),
        ("<xml><a>1</a>", "body ends before </xml>"),
        ("<xml><a>1", "body ends before </xml>"),
        ("<xml><a>1</b></xml>", "body is not XML at byte"),
        ("<xml><a>1</xml></a>", "body is not XML at byte"),
        ("</xml>", "body is not XML at byte"),
        ("<xml><a>a & b</a></xml>", "body is not XML at byte"),
        ("<xml><a", "body is not XML at byte"),
        ("<xml><a><![CDATA[1</a></xml>", "body is not XML at byte"),
        ("<xml>text<a>1</a></xml>", "body has something between its fields: \"text\""),
        ("<xml>&amp;<a>1</a></xml>", "body has something between its fields"),
        ("<xml/>text", "body has something between its fields"),
        ("text<xml/>", "body has something between its fields"),
        ("{\"return_code\":\"SUCCESS\"}", "body has something between its fields"),
        ("<xml><?php x?></xml>", "body has something between its fields"),
        ("<xml><a><?xml version='1.0'?></a></xml>", "body has something between its fields"),
        ("<xml><a.b>1</a.b></xml>", "element <a.b> is not named"),
        ("<xml><x:a>1</x:a></xml>", "element <x:a> is not named"),
        ("<xml><单>1</单></xml>", "element <单> is not named"),
        ("<xml><></></xml>", "element <> is not named"),
    ] {
        let said = read(body);
        assert!(said.starts_with(&format!("! {error}")), "{body}\n{said}");
    }
}

#[test]
fn every_bound_holds_exactly() {
    let elements =
        |count: usize| (0..count).map(|n| format!("<a{n}/>")).collect::<Vec<_>>().concat();
    let body = |inner: &str| format!("<xml>{inner}</xml>");
    assert!(xml::parse(body(&elements(ELEMENTS_MAX)).as_bytes()).is_ok());
    assert!(read(&body(&elements(ELEMENTS_MAX + 1))).contains("more than 256 elements"));

    let name = "n".repeat(64);
    assert_eq!(read(&body(&format!("<{name}>1</{name}>"))), format!("{name}=1"));
    let name = "n".repeat(65);
    assert!(read(&body(&format!("<{name}>1</{name}>"))).contains("is not named with 1 to 64"));

    let frame = body("<a></a>").len();
    let fill = |bytes: usize| body(&format!("<a>{}</a>", "x".repeat(bytes - frame)));
    assert!(xml::parse(fill(BODY_BYTES_MAX).as_bytes()).is_ok());
    assert_eq!(read(&fill(BODY_BYTES_MAX + 1)), "! body of 65537 bytes is longer than 65536");
}

#[test]
fn a_body_is_utf8() {
    let error = xml::parse(b"<xml><a>\xc4\xe3</a></xml>").unwrap_err();
    assert_eq!(error.to_string(), "body is not UTF-8 after byte 8");
}

#[test]
fn what_is_written() {
    let mut fields = Fields::new();
    fields.set("b", "A&B <x> \"q\" 'p' ]]> 可乐🥤").set("a", "").set("c", "1\r\n2");
    assert_eq!(
        xml::write(&fields),
        "<xml><a></a><b>A&amp;B &lt;x&gt; \"q\" 'p' ]]&gt; 可乐🥤</b><c>1&#13;\n2</c></xml>"
    );
    assert_eq!(xml::write(&Fields::new()), "<xml></xml>");
}
