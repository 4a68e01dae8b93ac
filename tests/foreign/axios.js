// wechatpay-axios-plugin as a merchant's program uses it: it signs, verifies and speaks HTTPS.
'use strict';

const { generateKeyPairSync } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { Aes, Hash, Transformer, Wechatpay } = require('wechatpay-axios-plugin');

const converse = require('./conversation.js');

converse((settings) => {
  const { appid, mch_id, api_key, sign_type } = settings;
  // It does nothing without the keys of APIv3, which no call here uses.
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const client = new Wechatpay({
    baseURL: settings.base_url,
    mchid: mch_id,
    secret: api_key,
    serial: '1',
    privateKey,
    certs: { PUB_KEY_ID_1: publicKey },
    merchant: settings.cert_file && {
      cert: readFileSync(settings.cert_file),
      key: readFileSync(settings.key_file),
    },
    timeout: settings.timeout_ms,
  });
  const call = async (path, parameters, config) => {
    const request = { appid, mch_id, sign_type, ...parameters };
    const { data } = await path.post(request, config);
    return data;
  };
  const { pay, secapi } = client.v2;
  return {
    place: (order) => call(pay.unifiedorder, order),
    query: (order) => call(pay.orderquery, order),
    close: (order) => call(pay.closeorder, order),
    refund: (refund) => call(secapi.pay.refund, refund, { security: true }),
    refundquery: (refund) => call(pay.refundquery, refund),
    // A notify as WeChat would send it.
    notify: ({ mode, fields }) => {
      return Transformer.toXml({ ...fields, sign: Hash.sign(mode, fields, api_key) });
    },
    // The documentation leaves it to the caller to choose the mode by the length of the sign.
    read: ({ xml }) => {
      const fields = Transformer.toObject(xml);
      const mode = fields.sign?.length === 64 ? Hash.ALGO_HMAC_SHA256 : Hash.ALGO_MD5;
      if (!Hash.equals(Hash.sign(mode, fields, api_key), fields.sign)) {
        throw new Error('the sign does not hold');
      }
      return fields;
    },
    // What a refund notify hides.
    decrypt: ({ xml }) => {
      const { req_info } = Transformer.toObject(xml);
      return Transformer.toObject(Aes.AesEcb.decrypt(req_info, Hash.md5(api_key)));
    },
  };
});
