// SPDX-License-Identifier: LGPL-2.1-or-later
/** Whole lists of the box, page by page. */

/** The box takes 50 messages a second from a program, which may want other things meanwhile. */
const PACE = 30;

/**
 * @param {(params: Record<string, unknown>) => Promise<Record<string, any>>} ask
 * @param {string} key where the entries are in an answer
 * @param {(last: any) => Record<string, unknown>} next the params of the page that follows
 * @returns {AsyncGenerator<any[], void>} pages
 */
export async function* eachPage(ask, key, next) {
  let params = {}, more = true;
  while (more) {
    const [answer] = await Promise.all([ask(params),
                                        new Promise((resolve) => setTimeout(resolve, PACE))]);
    const entries = answer[key];
    more = answer.more && entries.length > 0;
    if (more) params = next(entries.at(-1));
    yield entries;
  }
}
