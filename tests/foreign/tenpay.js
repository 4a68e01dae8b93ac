// tenpay as a merchant's program uses it: it signs, verifies and speaks HTTPS.
'use strict';

const { readFileSync } = require('node:fs');
const Payment = require('tenpay');
const { buildXML } = require('tenpay/lib/util');

const converse = require('./conversation.js');

converse((settings) => {
  const { sign_type } = settings;
  const payment = new Payment({
    appid: settings.appid,
    mchid: settings.mch_id,
    partnerKey: settings.api_key,
    pfx: settings.pfx_file && readFileSync(settings.pfx_file),
  });
  // It knows WeChat's addresses alone and has no setting for another.
  for (const [call, url] of Object.entries(payment.urls)) {
    payment.urls[call] = url.replace('https://api.mch.weixin.qq.com', settings.base_url);
  }
  // Through its middleware: the only way for others to have a notify checked.
  const heard = async (type, xml) => {
    const context = { request: { body: xml } };
    let passed = false;
    await payment.middleware(type)(context, async () => { passed = true; });
    if (!passed) throw new Error(context.body);
    return context.request.weixin;
  };
  return {
    place: (order) => payment.unifiedOrder({ sign_type, ...order }),
    query: (order) => payment.orderQuery({ sign_type, ...order }),
    close: (order) => payment.closeOrder({ sign_type, ...order }),
    refund: (refund) => payment.refund({ sign_type, ...refund }),
    refundquery: (refund) => payment.refundQuery({ sign_type, ...refund }),
    // A notify as WeChat would send it.
    notify: ({ mode, fields }) => buildXML({ ...fields, sign: payment._getSign(fields, mode) }),
    read: ({ xml }) => heard('pay', xml),
    // What a refund notify hides.
    decrypt: async ({ xml }) => (await heard('refund', xml)).req_info,
  };
});
