// Copyright (c) 2026 bcdr.multicloud contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Loaded into Azurite before it starts: a blob is looked up by its name first. Azurite asks its database (LokiJS) for account,
// container and name, which uses the index of the first of these only and goes through all blobs of the account, so that each request
// takes longer the more blobs there are. What is found is the same.
"use strict";

const { Resultset } = require(require.resolve("lokijs", { paths: [process.cwd()] }));
const SELECTIVE = ["name", "blobName"];
const find = Resultset.prototype.find;

Resultset.prototype.find = function (query, firstOnly) {
  const first = query && SELECTIVE.find((property) => typeof query[property] === "string");
  return find.call(this, first ? { [first]: query[first], ...query } : query, firstOnly);
};
