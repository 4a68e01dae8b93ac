"""wechatpy as a merchant's program uses it, spoken to in lines of JSON.

The first line has the settings; every other line is a request and gets one line of answer.
"""

import json
import sys

from wechatpy.pay import WeChatPay
from wechatpy.pay.utils import calculate_signature, calculate_signature_hmac, dict_to_xml


class Client:
    """What the client can do, by the word that a request has in `do`."""

    def __init__(self, settings):
        # A class attribute is all there is to change the address.
        pay_class = type("Pay", (WeChatPay,), {"API_BASE_URL": settings["base_url"] + "/"})
        self.pay = pay_class(
            appid=settings["appid"],
            api_key=settings["api_key"],
            mch_id=settings["mch_id"],
            mch_cert=settings.get("cert_file"),
            mch_key=settings.get("key_file"),
            timeout=settings["timeout_ms"] / 1000,
        )
        self.pay._http.verify = settings["ca_file"]
        self.pay._http.trust_env = False
        self.sign_type = settings["sign_type"]

    def place(self, spbill_create_ip, **order):
        # Only this call hands on what it does not know: elsewhere there is no sign_type.
        return self.pay.order.create(client_ip=spbill_create_ip, sign_type=self.sign_type, **order)

    def query(self, **order):
        return self.pay.order.query(**order)

    def close(self, **order):
        return self.pay.order.close(**order)

    def refund(self, **refund):
        return self.pay.refund.apply(**refund)

    def refundquery(self, **refund):
        return self.pay.refund.query(**refund)

    def check(self, fields):
        """Whether the sign of an answer holds: wechatpy asks that of no answer by itself."""
        return self.pay.check_signature(fields)

    def notify(self, mode, fields):
        """A notify as WeChat would send it."""
        calculate = {"MD5": calculate_signature, "HMAC-SHA256": calculate_signature_hmac}[mode]
        return dict_to_xml(fields, calculate(fields, self.pay.api_key))

    def read(self, xml):
        return self.pay.parse_payment_result(xml)

    def decrypt(self, xml):
        """What a refund notify hides."""
        return self.pay.parse_refund_notify_result(xml)


def main():
    client = None
    for line in sys.stdin:
        request = json.loads(line)
        if client is None:
            client = Client(request)
            continue
        try:
            answer = {"ok": getattr(client, request.pop("do"))(**request)}
        except Exception as error:  # The test decides which errors are right.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
