//! Bills over the real wire: the text, its columns, and every refusal.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::*;

impl Scene {
    /// Today, in Beijing, on the gateway's clock.
    fn today(&self) -> String {
        BeijingTime::from_unix_ms(self.gateway.now_ms()).to_string()[..8].to_owned()
    }

    fn bill_bytes(&self, date: &str, bill_type: &str, tar_type: &str) -> Vec<u8> {
        let mut fields = Fields::new();
        fields.set("bill_date", date).set("bill_type", bill_type).set("tar_type", tar_type);
        let url = format!("{}/pay/downloadbill", self.gateway.base_url());
        self.send(self.client.post(url).body(sealed(fields))).unwrap()
    }

    fn bill(&self, bill_type: &str) -> String {
        String::from_utf8(self.bill_bytes(&self.today(), bill_type, "")).unwrap()
    }

    fn refused(&self, date: &str, bill_type: &str) -> String {
        let answer = xml::parse(&self.bill_bytes(date, bill_type, "")).unwrap();
        assert_eq!((answer.get("return_code"), answer.get("sign")), (Some("FAIL"), None));
        answer.get("return_msg").unwrap().to_owned()
    }

    /// A1 is paid, A2 is paid and paid back, A3 is not paid.
    fn day(&self) -> String {
        self.paid("A1");
        self.paid("A2");
        self.open("A3");
        self.gateway.refund_by_hand("A2", None).unwrap()
    }
}

/// A line's values.
type Line<'a> = Vec<&'a str>;

/// Header, rows, summary header, summary.
fn lines(bill: &str) -> (Line<'_>, Vec<Line<'_>>, Line<'_>, Line<'_>) {
    let bill = bill.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut lines: Vec<&str> = bill.strip_suffix("\r\n").unwrap().split("\r\n").collect();
    let summary = lines.pop().unwrap();
    let names = lines.pop().unwrap();
    let header = lines.remove(0);
    let rows = lines.into_iter().map(ticked).collect();
    (header.split(',').collect(), rows, names.split(',').collect(), ticked(summary))
}

fn ticked(line: &str) -> Vec<&str> {
    line.strip_prefix('`').unwrap().split(",`").collect()
}

#[test]
fn a_bill_has_a_line_for_each_payment_and_each_refund() {
    let scene = Scene::new();
    let out_refund_no = scene.day();
    let bill = scene.bill("ALL");
    let (header, rows, names, summary) = lines(&bill);
    assert_eq!((header.len(), names.len(), summary.len()), (27, 7, 7));
    assert!(rows.iter().all(|row| row.len() == 27));
    let told: Vec<[&str; 6]> = rows
        .iter()
        .map(|row| {
            ["商户订单号", "交易状态", "订单金额", "商户退款单号", "退款金额", "手续费"]
                .map(|name| row[header.iter().position(|column| *column == name).unwrap()])
        })
        .collect();
    assert_eq!(
        told,
        [
            ["A1", "SUCCESS", "3.50", "0", "0.00", "0.02000"],
            ["A2", "SUCCESS", "3.50", "0", "0.00", "0.02000"],
            ["A2", "REFUND", "0.00", &out_refund_no, "3.50", "-0.02000"],
        ]
    );
    assert_eq!(summary, ["3", "7.00", "3.50", "0.00", "0.02000", "7.00", "3.50"]);
    assert!(header.starts_with(&["交易时间", "公众账号ID", "商户号", "特约商户号"]));
}

#[test]
fn each_kind_of_bill_has_its_columns_old_and_new() {
    let scene = Scene::new();
    scene.day();
    #[rustfmt::skip]
    let table = [
        ("",        false, 27, 3, 7),
        ("SUCCESS", false, 20, 2, 7),
        ("REFUND",  false, 29, 1, 7),
        ("ALL",     true,  24, 3, 5),
        ("SUCCESS", true,  18, 2, 5),
        ("REFUND",  true,  26, 1, 5),
    ];
    for (bill_type, old, columns, count, sums) in table {
        scene.gateway.set_moods(|moods| moods.old_bill_columns = old);
        let bill = scene.bill(bill_type);
        let (header, rows, names, summary) = lines(&bill);
        assert_eq!((header.len(), rows.len()), (columns, count), "{bill_type} {old}");
        assert!(rows.iter().all(|row| row.len() == columns), "{bill_type} {old}");
        assert_eq!((names.len(), summary.len()), (sums, sums), "{bill_type} {old}");
    }
}

#[test]
fn a_zipped_bill_is_the_same_bill() {
    let scene = Scene::new();
    scene.day();
    let zipped = scene.bill_bytes(&scene.today(), "ALL", "GZIP");
    let mut text = String::new();
    GzDecoder::new(zipped.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, scene.bill("ALL"));
}

#[test]
fn a_bill_that_cannot_be_had_is_refused_in_the_words_of_downloadbill() {
    let scene = Scene::new();
    let today = scene.today();
    assert_eq!(scene.refused(&today, "ALL"), "No Bill Exist");
    assert_eq!(scene.refused(&today, "RECHARGE_REFUND"), "No Bill Exist");
    assert_eq!(scene.refused(&today, "EVERYTHING"), "invalid bill_type");
    assert_eq!(scene.refused("2024-01-02", "ALL"), "data format error");
    assert_eq!(scene.refused("20240230", "ALL"), "data format error");
    assert_eq!(scene.refused("", "ALL"), "missing parameter");

    let forged = sealed(number("A1")).replace("<out_trade_no>A1", "<bill_date>20240102");
    let forged = forged.replace("</out_trade_no>", "</bill_date>");
    assert!(scene.post("downloadbill", &forged).unwrap().contains("SIGN ERROR"));
    scene.gateway.set_moods(|moods| moods.downloadbill = Mood::SystemError(1));
    assert_eq!(scene.refused(&today, "ALL"), "SYSTEMERROR");
}

#[test]
fn a_bill_is_made_in_the_morning_of_the_next_day() {
    let scene = Scene::new();
    scene.day();
    let date = scene.today();
    scene.gateway.set_moods(|moods| moods.bill_ready_hour = Some(9));
    assert_eq!(scene.refused(&date, "ALL"), "Bill Creating");
    scene.gateway.advance(Duration::from_secs(33 * 60 * 60));
    assert!(scene.bill_bytes(&date, "ALL", "").starts_with("\u{feff}".as_bytes()));
    assert_eq!(lines(&String::from_utf8(scene.bill_bytes(&date, "ALL", "")).unwrap()).1.len(), 3);
}

#[test]
fn a_bill_can_tell_otherwise_than_the_books() {
    let scene = Scene::new();
    let out_refund_no = scene.day();
    scene.gateway.drop_from_bill("A1");
    scene.gateway.drop_from_bill(&out_refund_no);
    scene.gateway.plant_in_bill(PlantedTrade {
        out_trade_no: "ALIEN".to_owned(),
        total_fee: 500,
        paid_at_ms: scene.gateway.now_ms(),
    });
    let bill = scene.bill("ALL");
    let (_, rows, _, summary) = lines(&bill);
    assert_eq!(rows.iter().map(|row| row[6]).collect::<Vec<_>>(), ["A2", "ALIEN"]);
    assert_eq!(summary[..2], ["2", "8.50"]);
}

#[test]
fn a_reversed_order_stands_in_the_bill_as_revoked() {
    let scene = Scene::new();
    let mut fields = number("A1");
    fields
        .set("body", "自动售货机-可乐")
        .set("total_fee", "350")
        .set("spbill_create_ip", "8.8.8.8")
        .set("auth_code", scene.gateway.payment_code("oUser1"));
    scene.call("micropay", fields).unwrap();
    scene.gateway.advance(Duration::from_secs(1));
    scene.call_certified("reverse", number("A1")).unwrap();
    let bill = scene.bill("ALL");
    let (_, rows, _, summary) = lines(&bill);
    let told: Vec<[&str; 4]> = rows.iter().map(|row| [row[6], row[7], row[8], row[9]]).collect();
    assert_eq!(
        told,
        [["A1", "oUser1", "MICROPAY", "SUCCESS"], ["A1", "oUser1", "MICROPAY", "REVOKED"]]
    );
    assert_eq!(summary[..3], ["2", "3.50", "3.50"]);
}
