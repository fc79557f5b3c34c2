// SPDX-License-Identifier: LGPL-2.1-or-later

/** The box takes 50 messages a second from a program, which may want other things meanwhile. */
const PACE = 30;

/** A whole list of the box, page by page.
 * @param {import("./box-link.js").BoxLink} link @param {string} method
 * @param {string} key where the entries are in an answer
 * @param {(last: any) => Record<string, unknown>} next the params of the page that follows
 * @param {(count: number) => void} [told] how many have come; it ends with what this throws
 * @returns {Promise<any[]>} */
export async function readAll(link, method, key, next, told = () => {}) {
  const all = [];
  for (let params = {}, more = true; more; params = next(all.at(-1) ?? {})) {
    const [answer] = await Promise.all([
      method.startsWith("sms") ? link.callSms(method, params) : link.callControl(method, params),
      new Promise((resolve) => setTimeout(resolve, PACE))]);
    all.push(...answer[key]);
    told(all.length);
    more = answer.more && answer[key].length > 0;
  }
  return all;
}
