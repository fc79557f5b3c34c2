// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a page has to say to its test; see pl_web.py, Page. */

export const events = [];
const waiting = [];

export function say(kind, members = {}) {
  events.push({ ...members, kind, index: events.length });
  for (const waiter of waiting.splice(0)) waiter();
}

/** The first event from @from on with these members. */
export async function waitEvent(from, wanted) {
  const matches = (event) => Object.entries(wanted).every(([name, value]) => event[name] === value);
  for (;;) {
    const found = events.slice(from).find(matches);
    if (found) return found;
    await new Promise((resolve) => waiting.push(resolve));
  }
}
