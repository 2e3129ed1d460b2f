// Loaded before a process's own code, it has Google's addresses lead to GOOGLE_STANDS_AT, a server of the test's.
import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';

const GOOGLE = ['accounts.google.com', 'oauth2.googleapis.com', 'www.googleapis.com'];
const standIn = new URL(String(process.env.GOOGLE_STANDS_AT));
const { request } = https;

/**
 * @param {string | URL} address
 * @param {http.RequestOptions} options
 * @param {(reply: http.IncomingMessage) => void} [onReply]
 */
https.request = (address, options, onReply) => {
  const url = new URL(String(address));
  if (!GOOGLE.includes(url.hostname)) return request(address, options, onReply);
  const { agent: _, ...rest } = options;
  return http.request(new URL(url.pathname + url.search, standIn), rest, onReply);
};
syncBuiltinESMExports();
