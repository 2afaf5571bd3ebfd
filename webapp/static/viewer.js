// The media viewer (B64): the files of a post in full size, in a dialog. A comfort: without it each
// picture is a link to its file. One swipes natively: the files stand side by side and snap.
(() => {
  const d = document, $ = (s, r = d) => r.querySelector(s), $$ = (s, r = d) => [...r.querySelectorAll(s)];
  const make = (tag, props = {}, ...kids) => { const e = Object.assign(d.createElement(tag), props); e.append(...kids); return e; };
  const OPENS = '.pics figure>a', calm = matchMedia('(prefers-reduced-motion:reduce)');
  const icon = name => { const s = $('svg.i').cloneNode(true), u = $('use', s); u.setAttribute('href', u.getAttribute('href').replace(/#.*/, '#' + name)); return s; };
  const button = (cls, name, words) => make('button', { type: 'button', className: cls, title: words, ariaLabel: words }, icon(name));
  let box, row, told, zoom, whole, back, on, from;

  function build() {
    zoom = button('btn sq zoom', 'search', 'Zoom');
    whole = make('a', { className: 'btn sq', title: 'Open the file', rel: 'nofollow noopener noreferrer', target: '_blank' }, icon('link'), make('span', { className: 'vh', textContent: 'Open the file' }));
    const shut = button('btn sq', 'x', 'Close');
    told = make('p', { className: 'grow', role: 'status' });
    row = make('div', { tabIndex: 0, role: 'group', ariaLabel: 'Files of this post' });
    back = button('btn sq back', 'back', 'Previous'); on = button('btn sq on', 'back', 'Next');
    box = make('dialog', { className: 'viewer', ariaLabel: 'Files of this post' }, make('header', {}, told, zoom, whole, shut), row, back, on);
    shut.onclick = () => box.close();
    back.onclick = () => go(at() - 1); on.onclick = () => go(at() + 1);
    zoom.onclick = () => large(here(), !here().classList.contains('large'));
    row.addEventListener('scroll', show, { passive: true });
    row.addEventListener('click', e => { const p = e.target.closest('figure>img'); p ? large(p.parentElement, !p.parentElement.classList.contains('large'), e) : e.target.matches('div,figure') && box.close(); });
    box.addEventListener('keydown', keys);
    // what plays stops, and the post gets the focus back
    box.addEventListener('close', () => { row.replaceChildren(); from?.isConnected && from.focus({ preventScroll: true }); });
    d.body.append(box);
  }
  const at = () => Math.round(row.scrollLeft / row.clientWidth), here = () => row.children[at()];
  const go = (n, behavior = calm.matches ? 'instant' : 'smooth') => row.scrollTo({ left: Math.max(0, Math.min(n, row.children.length - 1)) * row.clientWidth, behavior });
  function keys(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches('video,audio')) return;
    const act = { ArrowLeft: () => go(at() - 1), ArrowRight: () => go(at() + 1), Home: () => go(0), End: () => go(row.children.length - 1), '+': () => large(here(), true), '-': () => large(here(), false), z: () => zoom.click() }[e.key];
    if (act) { e.preventDefault(); act(); }
  }
  // a picture as large as it is, at least twice as large as it fits; where one pressed stays in sight
  function large(slide, wanted, e) {
    const p = $('img', slide);
    if (!p) return;
    const r = p.getBoundingClientRect(), x = e ? (e.clientX - r.left) / r.width : 0.5, y = e ? (e.clientY - r.top) / r.height : 0.5;
    slide.classList.toggle('large', wanted);
    p.style.width = wanted ? Math.max(p.naturalWidth, 2 * r.width) + 'px' : '';
    zoom.setAttribute('aria-pressed', wanted);
    if (wanted) slide.scrollTo(x * p.offsetWidth - slide.clientWidth / 2, y * p.offsetHeight - slide.clientHeight / 2);
  }
  let shown;
  function show() {
    const n = at(), all = row.children;
    if (!all[n] || n === shown) return;  // a dialog that closes has no width
    shown = n;
    for (const each of all) { each.inert = each !== all[n]; if (each.inert) { large(each, false); $('video,audio', each)?.pause(); } }
    const film = $('video[loop]', all[n]);
    if (film && !calm.matches) film.play().catch(() => { /* it has a button to play */ });
    told.textContent = all.length > 1 ? `${n + 1} of ${all.length}` : '';
    zoom.hidden = !$('img', all[n]); zoom.setAttribute('aria-pressed', false);
    whole.href = all[n].dataset.file; back.hidden = n === 0; on.hidden = n === all.length - 1;
  }
  // a file of the post as it is shown here: full size, with what it shows in words below it
  function slide(figure) {
    const file = $('img,video,audio', figure).cloneNode(), words = $('[popover] p', figure)?.textContent, whole = $('a', figure).href;
    file.className = ''; file.loading = 'eager';
    if (file.tagName === 'IMG') file.src = whole; else { file.preload = 'metadata'; $('video,audio', figure).pause(); }
    const shown = make('figure', {}, file);
    shown.dataset.file = whole;
    if (words) shown.append(make('figcaption', { textContent: words }));
    return shown;
  }
  d.addEventListener('click', e => {
    const link = e.target.closest?.(OPENS), figures = link && $$('figure:has(>a)', link.closest('.pics'));
    if (!link || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey || !HTMLDialogElement.prototype.showModal) return;
    e.preventDefault();
    if (!box) build();
    from = link; shown = undefined;
    row.replaceChildren(...figures.map(slide));
    box.showModal(); row.focus();
    go(figures.indexOf(link.parentElement), 'instant'); show();
  });
})();
