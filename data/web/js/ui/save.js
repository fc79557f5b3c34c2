// SPDX-License-Identifier: LGPL-2.1-or-later

/** Into the folder for downloads. @param {Blob} blob @param {string} name */
export function saveFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000); // it may be asked where to
}
