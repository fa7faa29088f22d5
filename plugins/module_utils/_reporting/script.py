# Copyright (c) 2026 bcdr.multicloud contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the page can do: its script. Without it everything is shown, unsorted and unfiltered."""

from __future__ import annotations

SCRIPT = r"""
(function () {
  "use strict";
  var all = function (selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); };

  // -- sorting: a header with data-sort becomes a button; cells say in data-v what they sort by
  var collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  function value(row, column) {
    var cell = row.cells[column], given = cell.getAttribute("data-v");
    return given === null ? cell.textContent.trim() : given;
  }
  function compare(one, other) {
    // What has no value comes last, whichever way it is sorted.
    if (one === "" || other === "") { return one === other ? 0 : one === "" ? 2 : -2; }
    var a = Number(one), b = Number(other);
    return isNaN(a) || isNaN(b) ? collator.compare(one, other) : a - b;
  }
  function sort(table, column, direction) {
    var body = table.tBodies[0], rows = all("tr", body);
    var keyed = rows.map(function (row, index) { return { row: row, key: value(row, column), index: index }; });
    keyed.sort(function (one, other) {
      var order = compare(one.key, other.key);
      if (Math.abs(order) === 2 && (one.key === "" || other.key === "")) { return order; }
      return (direction === "descending" ? -order : order) || one.index - other.index;
    });
    keyed.forEach(function (entry) { body.appendChild(entry.row); });
    all("thead th", table).forEach(function (header, index) {
      if (header.hasAttribute("data-sort")) { header.setAttribute("aria-sort", index === column ? direction : "none"); }
    });
    var choice = document.querySelector('[data-sorts="' + table.id + '"]');
    if (choice) { choice.value = column + " " + direction; }
  }
  all("table").forEach(function (table) {
    all("thead th", table).forEach(function (header, column) {
      if (!header.hasAttribute("data-sort")) { return; }
      var label = header.querySelector(".label") || header, button = document.createElement("button");
      button.type = "button";
      button.textContent = label.textContent;
      // The plain heading stays for paper, where the heads of later pages show no buttons.
      label.parentNode.insertBefore(button, label);
      label.classList.add("on-paper");
      if (!header.hasAttribute("aria-sort")) { header.setAttribute("aria-sort", "none"); }
      button.addEventListener("click", function () {
        var first = header.getAttribute("data-sort");
        var now = header.getAttribute("aria-sort");
        sort(table, column, now === "none" ? first : now === "ascending" ? "descending" : "ascending");
      });
    });
  });
  all("[data-sorts]").forEach(function (choice) {
    choice.addEventListener("change", function () {
      var parts = choice.value.split(" ");
      sort(document.getElementById(choice.getAttribute("data-sorts")), Number(parts[0]), parts[1]);
    });
  });

  // -- filtering
  var tools = document.getElementById("tools"), text = document.getElementById("filter-text");
  var type = document.getElementById("filter-type"), state = document.getElementById("filter-state"), count = document.getElementById("count");
  if (tools) {
    tools.hidden = false;
    var rows = all("#fleet tbody tr");
    var filter = function () {
      var words = text.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
      rows.forEach(function (row) {
        var content = row.getAttribute("data-text");
        var fits = words.every(function (word) { return content.indexOf(word) >= 0; }) &&
          (!type.value || row.getAttribute("data-type") === type.value) &&
          (!state.value || row.getAttribute("data-flags").split(" ").indexOf(state.value) >= 0);
        row.hidden = !fits;
        if (fits) { shown += 1; }
      });
      count.textContent = shown === rows.length ? rows.length + " shown" : shown + " of " + rows.length + " shown";
    };
    [text, type, state].forEach(function (field) { field.addEventListener("input", filter); });
    tools.addEventListener("submit", function (event) { event.preventDefault(); });
    all("[data-filter]").forEach(function (link) {
      link.addEventListener("click", function () {
        text.value = ""; type.value = ""; state.value = link.getAttribute("data-filter"); filter();
      });
    });
    filter();
  }

  // -- on a narrow screen what is well is folded away at first, on paper nothing is
  if (window.matchMedia("screen and (max-width: 1000px)").matches) {
    all("details[data-wide]").forEach(function (entry) { entry.open = false; });
  }
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = all("details:not([open])");
    closed.forEach(function (entry) { entry.open = true; });
  });
  window.addEventListener("afterprint", function () { closed.forEach(function (entry) { entry.open = false; }); });
})();
"""
