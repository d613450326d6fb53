// What a person would notice in each frame: a page wider than its window, pale text, links that lead nowhere.
"use strict";

function luminance([red, green, blue]) {
  const linear = [red, green, blue].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function channels(colour) {
  return colour.match(/[\d.]+/g).map(Number);
}

function background(view, element) {
  for (; element; element = element.parentElement) {
    const colour = channels(view.getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
}

function contrast(view, element) {
  const style = view.getComputedStyle(element);
  const svg = element.namespaceURI.endsWith("svg");
  const text = luminance(channels(svg ? style.fill : style.color));
  const paper = luminance(background(view, element));
  return (Math.max(text, paper) + 0.05) / (Math.min(text, paper) + 0.05);
}

function sticksOut(view, page, element) {
  if (element.closest(".scroll, svg, title, head")) return false;
  return element.getBoundingClientRect().right > page.clientWidth + 0.5;
}

function probe(frame) {
  const page = frame.contentDocument.documentElement;
  const view = frame.contentWindow;
  const all = [...page.querySelectorAll("body *")];
  const told = all.filter((e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const shown = told.filter((e) => e.checkVisibility() && !e.matches("title, desc, .on"));
  const anchors = [...page.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute("href").slice(1));
  return {
    width: page.clientWidth,
    scroll_width: page.scrollWidth,
    sticking_out: all.filter((e) => sticksOut(view, page, e)).map((e) => `${e.tagName}.${e.className}`),
    boxes_that_scroll: [...page.querySelectorAll(".scroll")].filter((e) => e.scrollWidth > e.clientWidth).length,
    sections: [...page.querySelectorAll("[id]")].filter((e) => e.matches("header, section")).map((e) => e.id),
    empty_sections: [...page.querySelectorAll("section")].filter((e) => e.offsetHeight < 60).map((e) => e.id),
    dead_anchors: [...new Set(anchors)].filter((id) => !frame.contentDocument.getElementById(id)),
    pale: shown.filter((e) => contrast(view, e) < 4.5).map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 30)}`),
    paper: luminance(background(view, page.querySelector("main"))),
    text_in_svg: page.querySelectorAll("svg text").length,
  };
}

window.addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  document.getElementById("found").textContent = JSON.stringify(frames.map(probe));
});
