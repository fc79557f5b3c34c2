// SPDX-License-Identifier: LGPL-2.1-or-later

export function same(value, wanted, what = "value") {
  if (value !== wanted) throw new Error(`${what}: ${value}, not ${wanted}`);
}

/** That it throws, or rejects, with this code and these words. */
export async function refused(work, code, says = "") {
  let error = null;
  try {
    await work();
  } catch (thrown) {
    error = thrown;
  }
  if (!error) throw new Error(`not refused: ${work}`);
  same(error.code, code, error.message);
  if (!error.message.includes(says)) throw new Error(`'${error.message}' without '${says}'`);
}

export function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}
