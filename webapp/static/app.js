// The whole of our own script: everything here is a comfort, nothing is needed.
(() => {
  const d = document, $ = (s, r = d) => r.querySelector(s), $$ = (s, r = d) => [...r.querySelectorAll(s)];
  const store = { get: k => { try { return localStorage[k]; } catch { return undefined; } }, set: (k, v) => { try { v ? localStorage[k] = v : delete localStorage[k]; } catch { /* full or forbidden: fine */ } } };
  const typing = e => e.closest('input:not([type=checkbox]):not([type=radio]),textarea,select,[contenteditable]');
  const me = d.body.dataset.me;
  // the theme is in the html tag already; a change shows before it is saved
  d.addEventListener('change', e => { if (e.target.name === 'theme') { const v = e.target.value, h = d.documentElement; v === 'auto' ? delete h.dataset.theme : h.dataset.theme = v; } });
  // rows of tabs are wider than a phone: where one is comes into view
  $$('.tabs [aria-current]').forEach(t => { t.parentElement.scrollLeft = t.offsetLeft - t.parentElement.offsetLeft - 40; });
  // a form was sent and taken: what was kept of it in this browser (compose.js) is not needed any more
  const sent = store.get('sent'); store.set('sent', '');
  if (sent && me && !$('[role=alert]')) store.set(sent, '');
  // moments in the time of this clock
  const local = t => new Date(t.dateTime).toLocaleString([], { dateStyle: 'long', timeStyle: 'short' });
  const clocks = () => $$('time[data-local]').forEach(t => { t.textContent = local(t); });
  clocks(); d.addEventListener('htmx:after:swap', clocks);
  d.addEventListener('pointerover', e => { const t = e.target.closest?.('time[title]'); if (t) t.title = local(t); });
  d.addEventListener('keydown', e => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && typing(e.target)?.form) e.target.form.requestSubmit(); });
  // files are taken up as soon as they are chosen
  d.addEventListener('change', e => { const f = e.target; if (f.type === 'file' && /^files(_|$)/.test(f.name) && f.files.length) { f.form.setAttribute('aria-busy', 'true'); f.form.requestSubmit($('button[value=add]', f.form)); } });
  // copy, and hand on to other programs of this machine (B87)
  if (navigator.clipboard) $$('[data-copy]').forEach(b => { b.hidden = false; });
  if (navigator.share) $$('[data-share]').forEach(b => { b.hidden = false; });
  d.addEventListener('click', e => {
    const b = e.target.closest('[data-copy],[data-share]'); if (!b) return;
    if (b.dataset.share) navigator.share({ url: b.dataset.share, title: b.dataset.title }).catch(() => { /* thought better of it */ });
    else navigator.clipboard.writeText(b.dataset.copy).then(() => { b.classList.add('pine'); const s = $('span', b); if (s) s.textContent = 'Copied'; });
  });
  // the menu of a post copies its link at once, where a browser can
  d.addEventListener('toggle', e => {
    const m = e.target, share = m.matches('.menu') && $('a[href$="/share"]', m), link = share && ($('a[rel]', m) || $('.u-url', m.closest('article')));
    if (!link || !navigator.clipboard || $('[data-copy]', m)) return;
    const b = d.createElement('button'), s = d.createElement('span'), i = $('svg', share).cloneNode(true), u = $('use', i);
    u.setAttribute('href', u.getAttribute('href').replace(/#.*/, '#copy'));
    s.textContent = 'Copy link'; b.type = 'button'; b.dataset.copy = link.href; b.append(i, s); share.after(b);
  }, true);
  // what moves stands still until it is pointed at or has the focus, and always where no motion is wanted (B66)
  const calm = matchMedia('(prefers-reduced-motion:reduce)'), STILL = /\/media\/still(?=[/-])/;
  const stir = (x, on) => { if (x.matches?.('video.gif') && !calm.matches) on ? x.play().catch(() => { /* it has a button */ }) : x.pause(); const h = x.closest?.('img,a,button'), all = h?.matches('img') ? [h] : h ? $$('img', h) : []; for (const i of all) { if (on && !calm.matches && STILL.test(i.src)) { i.dataset.still = i.src; i.src = i.closest('figure>a')?.href || i.src.replace(/\/media\/still([/-])/, (_, c) => '/media/' + (c === '/' ? 'remote/' : 'moving-')); } else if (!on && i.dataset.still) { i.src = i.dataset.still; delete i.dataset.still; } } };
  const pointed = e => e.type.startsWith('pointer') ? e.pointerType !== 'touch' : e.type === 'focusout' || e.target.matches(':focus-visible');  // a finger presses
  for (const [on, off] of [['pointerover', 'pointerout'], ['focusin', 'focusout']]) { d.addEventListener(on, e => pointed(e) && stir(e.target, true)); d.addEventListener(off, e => pointed(e) && stir(e.target, false)); }
  // a button under a post changes that post alone
  d.addEventListener('submit', e => { const b = e.submitter, a = b?.closest('article'); if (!a || !b.matches('.act') || !window.htmx) return; e.preventDefault(); htmx.ajax('POST', b.getAttribute('formaction'), { source: b, target: a, swap: 'outerHTML', values: { [b.name]: b.value } }); });
  // an action that failed says so where it was tried
  const told = (a, text) => { let p = $('.err', a); if (!p) { p = d.createElement('p'); p.className = 'err'; p.setAttribute('role', 'status'); a.append(p); } p.textContent = text; };
  const article = e => (e.detail?.ctx?.sourceElement || e.target).closest?.('article');
  d.addEventListener('htmx:before:request', e => article(e)?.setAttribute('aria-busy', 'true'));
  d.addEventListener('htmx:after:request', e => { const a = article(e), s = e.detail?.ctx?.response?.status ?? e.detail?.ctx?.response?.raw?.status; if (!a) return; a.removeAttribute('aria-busy'); if (s >= 400) told(a, s === 429 ? 'A bit much at once. Try again in a moment.' : 'That did not work. Try again.'); });
  d.addEventListener('htmx:error', e => { const a = article(e); if (a) { a.removeAttribute('aria-busy'); told(a, 'No answer from the server. Try again.'); } });
  // keys: j k move, o open, r reply, b boost, f favourite, e pictures, x note, / search, n write, g+h … go
  const posts = () => $$('.post[tabindex]'); let g = 0;
  const go = { h: '/home', n: '/notifications', p: me, s: '/settings', a: '/admin', e: '/explore' };
  d.addEventListener('keydown', e => {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || store.get('keys') === 'off' || $('dialog[open]')) return;
    const p = posts(), at = p.indexOf(d.activeElement.closest('.post')), cur = p[at], k = e.key;
    const hit = (s, el = cur) => { const x = el && $(s, el); if (x && x.checkVisibility?.() !== false) { x.click(); e.preventDefault(); } };
    if (me && g && Date.now() - g < 1200 && go[k]) { location.href = go[k]; return; }
    g = k === 'g' ? Date.now() : 0;
    if (k === 'j' || k === 'k') { const x = p[Math.min(p.length - 1, Math.max(0, at + (k === 'j' ? 1 : -1)))]; if (x) { x.focus(); x.scrollIntoView({ block: 'center' }); } e.preventDefault(); }
    else if (k === 'o' || (k === 'Enter' && cur && d.activeElement === cur)) hit('time a');
    else if (k === 'r') hit('.acts a'); else if (k === 'b') hit('.bo'); else if (k === 'f') hit('.fav'); else if (k === 'x') hit('summary'); else if (k === 'e') hit('.pics figure>a');
    else if (k === '/') { $('[type=search]')?.focus(); e.preventDefault(); } else if (k === 'n') { const b = $('#body'); b ? b.focus() : me && (location.href = '/compose'); e.preventDefault(); }
    else if (k === '?') keys();
  });
  const LIST = [['j k', 'next, previous post'], ['o', 'open'], ['r', 'reply'], ['b', 'boost'], ['f', 'favourite'], ['x', 'open or close a content note'], ['e', 'open pictures'], ['n', 'write'], ['/', 'search'], ['g h', 'home'], ['g n', 'notifications'], ['g e', 'explore'], ['g p', 'my profile'], ['g s', 'settings'], ['?', 'this list']];
  function keys() {
    let q = $('#keys');
    if (!q) {
      q = d.createElement('dialog'); q.id = 'keys'; q.className = 'sheet pad stack';
      const on = store.get('keys') !== 'off';
      q.innerHTML = '<h2>Keys</h2><table><tbody>' + LIST.map(([a, b]) => `<tr><td>${a.split(' ').map(x => `<kbd>${x}</kbd>`).join(' ')}</td><td>${b}</td></tr>`).join('') + `</tbody></table><label class="row mid"><input type="checkbox" id="keys-on"${on ? ' checked' : ''}> One-letter keys</label><form method="dialog"><button class="btn">Close</button></form>`;
      d.body.append(q); $('#keys-on').addEventListener('change', e => store.set('keys', e.target.checked ? '' : 'off'));
    }
    q.showModal();
  }
})();
