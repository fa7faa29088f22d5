// Copyright (c) 2026 bcdr.multicloud contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Loaded into Azurite before it starts: its time is the sandbox's virtual time, which every request brings along, and
// its life ends with that of the sandbox, which holds the other end of its standard input.
"use strict";

const http = require("http");
const RealDate = Date;
const HEADER = "sandbox-time";
let offset = 0;

function now() {
  return RealDate.now() + offset;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values) => (values.length ? new target(...values) : new target(now())),
  apply: () => new RealDate(now()).toString(),
  get: (target, name) => (name === "now" ? now : target[name]),
});

const emit = http.Server.prototype.emit;
http.Server.prototype.emit = function (event, request, ...rest) {
  if (event === "request" && request.headers[HEADER]) {
    offset = Number(request.headers[HEADER]) - RealDate.now();
    delete request.headers[HEADER];
  }
  return emit.call(this, event, request, ...rest);
};

process.stdin.on("end", () => process.exit(0)).resume();
