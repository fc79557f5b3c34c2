// SPDX-License-Identifier: LGPL-2.1-or-later
/**
 * What this tab is called to a box (PROTOCOL.md section 4, `hello`): a call belongs to one program,
 * and a tab that was reloaded is to have its call again.
 */
const KEY = "punchline.program";
/** The page before may not be quite gone. */
const PATIENCE = 1000;

/** For as long as the page lives; false where another tab has it: a duplicated one begins with
 * what its original had in sessionStorage. @param {string} name @returns {Promise<boolean>} */
function hold(name) {
  return new Promise((resolve) => {
    navigator.locks.request(`${KEY} ${name}`, { signal: AbortSignal.timeout(PATIENCE) }, () => {
      resolve(true);
      return new Promise(() => {});
    }).catch(() => resolve(false));
  });
}

async function find() {
  const kept = sessionStorage.getItem(KEY);
  if (kept && await hold(kept)) return kept;
  const made = crypto.randomUUID();
  sessionStorage.setItem(KEY, made);
  await hold(made);
  return made;
}

/** @type {Promise<string> | null} */
let program = null;

/** The same each time. */
export function getProgram() {
  program ??= find();
  return program;
}
