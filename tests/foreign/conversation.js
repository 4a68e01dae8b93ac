// A client spoken to in lines of JSON: the settings, then requests; each gets one line of answer.
'use strict';

const readline = require('node:readline');

/**
 * Answers every request on standard input until it ends.
 *
 * @param {(settings: object) => Record<string, (request: object) => unknown>} makeClient
 *   gives what the client can do, by the word that a request has in `do`
 */
module.exports = async function converse(makeClient) {
  let client;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    if (client === undefined) {
      client = makeClient(request);
      continue;
    }
    const { do: what, ...parameters } = request;
    let answer;
    try {
      answer = { ok: await client[what](parameters) };
    } catch (error) {
      // axios hands on what the gateway said beside its own words.
      const said = JSON.stringify(error.response?.data) ?? '';
      answer = { error: `${error.code ?? error.name}: ${error.message} ${said}`.trim() };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
};
