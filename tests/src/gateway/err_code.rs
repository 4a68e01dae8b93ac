//! Every error code of the specification, with the words that the gateway says to it.

/// `err_code` and `err_code_des`. APIv2, the error tables of all calls.
#[rustfmt::skip]
const ALL: &[(&str, &str)] = &[
    ("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"),
    ("APPID_NOT_EXIST",       "appid不存在"),
    ("AUTHCODEEXPIRE",        "二维码已过期，请用户在微信上刷新后再试"),
    ("AUTH_CODE_ERROR",       "授权码参数错误"),
    ("AUTH_CODE_INVALID",     "授权码检验错误"),
    ("BANKERROR",             "银行系统异常"),
    ("BIZERR_NEED_RETRY",     "退款业务流程错误，需要商户触发重试来解决"),
    ("BUYER_MISMATCH",        "支付帐号错误"),
    ("ERROR",                 "业务错误"),
    ("FREQUENCY_LIMITED",     "频率限制"),
    ("INVALID_REQUEST",       "无效请求"),
    ("INVALID_REQ_TOO_MUCH",  "无效请求过多"),
    ("INVALID_TRANSACTIONID", "无效transaction_id"),
    ("LACK_PARAMS",           "缺少参数"),
    ("MCHID_NOT_EXIST",       "mch_id不存在"),
    ("NOAUTH",                "商户无权限"),
    ("NOTENOUGH",             "余额不足"),
    ("NOTSUPORTCARD",         "不支持卡类型"),
    ("NOT_UTF8",              "编码格式错误"),
    ("ORDERCLOSED",           "订单已关闭"),
    ("ORDERNOTEXIST",         "订单不存在"),
    ("ORDERPAID",             "该订单已支付"),
    ("ORDERREVERSED",         "订单已撤销"),
    ("OUT_TRADE_NO_USED",     "商户订单号重复"),
    ("PARAM_ERROR",           "参数错误"),
    ("POST_DATA_EMPTY",       "post数据为空"),
    ("REFUNDNOTEXIST",        "退款订单查询失败"),
    ("REFUND_FEE_INVALID",    "退款金额大于支付金额"),
    ("REQUIRE_POST_METHOD",   "请使用post方法"),
    ("REVERSE_EXPIRE",        "订单无法撤销"),
    ("SIGNERROR",             "签名错误"),
    ("SYSTEMERROR",           "系统错误"),
    ("TRADE_ERROR",           "交易错误"),
    ("TRADE_OVERDUE",         "订单已经超过退款期限"),
    ("TRADE_STATE_ERROR",     "订单状态错误"),
    ("USERPAYING",            "需要用户输入支付密码"),
    ("USER_ACCOUNT_ABNORMAL", "退款请求失败"),
    ("XML_FORMAT_ERROR",      "XML格式错误"),
];

/// The code itself, for ever, if there is such a one.
pub(super) fn find(code: &str) -> Option<&'static str> {
    ALL.iter().find(|(known, _)| *known == code).map(|(known, _)| *known)
}

/// What the gateway says to it. A test may invent a code: then there are no words.
pub(super) fn words(code: &str) -> &'static str {
    ALL.iter().find(|(known, _)| *known == code).map_or("未知错误", |(_, words)| *words)
}
