// The form to write in: letters left, what was typed kept in this browser, times of this clock,
// completion of names, an emoji picker. All of it a comfort: the form works without.
(() => {
  const d = document, $ = (s, r = d) => r.querySelector(s), $$ = (s, r = d) => [...r.querySelectorAll(s)];
  const me = d.body.dataset.me;
  const make = (tag, props = {}, ...kids) => { const e = Object.assign(d.createElement(tag), props); e.append(...kids); return e; };
  const attrs = (e, named) => { for (const [k, v] of Object.entries(named)) v === null ? e.removeAttribute(k) : e.setAttribute(k, v); return e; };
  const store = { get: k => { try { return localStorage[k]; } catch { return undefined; } }, set: (k, v) => { try { v ? localStorage[k] = v : delete localStorage[k]; } catch { /* full or forbidden: fine */ } } };

  // ---------------------------------------------------------------- letters left
  const seg = window.Intl && Intl.Segmenter ? new Intl.Segmenter() : null, len = s => seg ? [...seg.segment(s)].length : s.length;
  const letters = s => len(s.replace(/https?:\/\/[^\s]+/g, 'x'.repeat(23)).replace(/(@\w+)@[\w.:-]+/g, '$1'));
  const count = x => { const o = $(`output[for="${x.id}"]`, x.form), left = x.dataset.limit - letters(x.value); o.textContent = left + ' left'; o.classList.toggle('clay', left < 0); };

  // ---------------------------------------------------------------- what was typed, kept here (B45)
  const AGAIN = ['add', 'another'];  // buttons after which the same form comes back
  const kept = f => $$('[name]', f).filter(e => !['hidden', 'file', 'radio'].includes(e.type) && e.tagName !== 'BUTTON');
  const values = f => Object.fromEntries(kept(f).map(e => [e.name, e.type === 'checkbox' ? e.checked : e.value]));
  function fill(f, said) {
    const rest = Object.keys(said).filter(k => k.startsWith('text_') && !f.elements[k]).sort();
    for (const e of kept(f)) if (e.name in said) e.type === 'checkbox' ? e.checked = said[e.name] : e.value = said[e.name];
    if (rest.length) f.elements.text.value += rest.map(k => '\n\n' + said[k]).join('');
  }
  function keepTyped(f) {
    const key = 'draft:' + (me || '') + ':' + f.dataset.draft, box = f.elements.text, before = values(f), first = box.value;
    let old; try { old = JSON.parse(store.get(key)); } catch { old = undefined; }
    const isTyped = 'typed' in f.dataset, begun = isTyped ? old?.first ?? '' : first;
    const same = () => !isTyped && JSON.stringify(values(f)) === JSON.stringify(before);
    const save = () => store.set(key, same() ? '' : JSON.stringify({ first: begun, said: values(f) }));
    if (!isTyped && old && old.first === first) {
      fill(f, old.said);
      const drop = make('button', { type: 'button', className: 'btn bare sm', textContent: 'Start afresh' });
      const note = attrs(make('p', { className: 'row wrap mid back' }, make('span', { className: 'grow', textContent: 'What you were writing is back.' }), drop), { role: 'status' });
      drop.addEventListener('click', () => { fill(f, before); save(); note.remove(); $$('textarea', f).forEach(count); box.focus(); });
      f.prepend(note);
    }
    if (isTyped) save();
    f.addEventListener('input', save);
    f.addEventListener('submit', e => { save(); store.set('sent', AGAIN.includes(e.submitter?.value) ? '' : key); });
  }

  // ---------------------------------------------------------------- times of this clock (B43)
  const local = t => new Date(t - t.getTimezoneOffset() * 6e4).toISOString().slice(0, 16);
  function ownClock(f) {
    const x = f.elements.later, zone = () => { const t = new Date(x.value || Date.now()); f.elements.offset.value = -t.getTimezoneOffset(); };
    if (x.dataset.utc) x.value = local(new Date(x.dataset.utc + 'Z'));
    $('[data-zone]', f).textContent = 'your time, five minutes from now or later';
    x.min = local(new Date(Date.now() + 3e5));
    x.addEventListener('input', zone); f.addEventListener('submit', zone); zone();
  }

  // ---------------------------------------------------------------- emoji, of Unicode and of this server
  let all;
  async function load() {
    const url = $('[data-emoji]').dataset.emoji, groups = [];
    const [text, own] = await Promise.all([
      fetch(url).then(r => r.text()),
      fetch('/api/v1/custom_emojis').then(r => r.ok ? r.json() : []).catch(() => []),
    ]);
    for (const e of own) {
      if (e.visible_in_picker === false) continue;
      const name = e.category || 'This server', g = groups.find(g => g.name === name) || groups[groups.push({ name, list: [] }) - 1];
      g.list.push({ text: `:${e.shortcode}:`, name: e.shortcode, words: e.shortcode, picture: e.static_url || e.url });
    }
    for (const line of text.trim().split('\n')) {
      const [text, name, words = ''] = line.split('\t');
      if (name === undefined) groups.push({ name: line.slice(2), list: [] }); else groups[groups.length - 1].list.push({ text, name, words: name + ' ' + words });
    }
    return groups;
  }
  const emoji = () => all ??= load().catch(e => { all = undefined; throw e; });
  const picture = e => e.picture ? make('img', { src: e.picture, alt: '', width: 24, height: 24, loading: 'lazy' }) : e.text;

  function insert(x, text, from = x.selectionStart) {
    x.focus(); x.setRangeText(text, from, x.selectionEnd, 'end'); x.dispatchEvent(new Event('input', { bubbles: true }));
  }

  function picker(f) {
    if (!('popover' in HTMLElement.prototype)) return;
    let last = f.elements.text, here = 0;
    f.addEventListener('focusin', e => { if (e.target.matches('textarea[data-limit]')) last = e.target; });
    const open = attrs(make('button', { type: 'button', className: 'tool', title: 'Add an emoji' }), { 'aria-label': 'Add an emoji', 'aria-haspopup': 'dialog' });
    const link = $('[data-emoji]', f), q = attrs(make('input', { type: 'search', className: 'in', placeholder: 'Search emoji' }), { 'aria-label': 'Search emoji' });
    const list = make('div', { className: 'picks' }), tabs = attrs(make('div', { className: 'tabs' }), { role: 'group', 'aria-label': 'Groups of emoji' });
    const found = attrs(make('p', { className: 'vh' }), { role: 'status' });
    const box = attrs(make('div', { className: 'picker', popover: 'auto' }, q, tabs, found, list), { role: 'dialog', 'aria-label': 'Emoji' });
    open.dataset.emoji = link.dataset.emoji; open.append(...link.childNodes); link.replaceWith(open); f.append(box);
    const show = which => {
      list.replaceChildren(...which.slice(0, 400).map((e, n) => attrs(make('button', { type: 'button', title: e.name, tabIndex: n ? -1 : 0 }, picture(e)), { 'aria-label': e.name, 'data-text': e.text })));
    };
    async function draw() {
      const groups = await emoji(), s = q.value.trim().toLowerCase();
      if (!tabs.firstChild) tabs.append(...groups.map((g, n) => { const b = make('button', { type: 'button', textContent: g.name }); b.addEventListener('click', () => { here = n; q.value = ''; draw(); }); return b; }));
      [...tabs.children].forEach((b, n) => attrs(b, { 'aria-pressed': String(!s && n === here) }));
      const which = s ? groups.flatMap(g => g.list).filter(e => e.words.toLowerCase().includes(s)) : groups[here].list;
      show(which);
      found.textContent = s ? `${which.length} found` : '';
    }
    open.addEventListener('click', () => { box.showPopover(); draw().catch(() => { list.textContent = 'The emoji could not be loaded. Try again.'; }); q.focus(); });
    q.addEventListener('input', draw);
    q.addEventListener('keydown', e => { if (e.key === 'Enter') { e.preventDefault(); $('button', list)?.click(); } if (e.key === 'ArrowDown') { e.preventDefault(); $('button', list)?.focus(); } });
    list.addEventListener('click', e => { const b = e.target.closest('button'); if (b) { box.hidePopover(); insert(last, b.dataset.text + (b.dataset.text[0] === ':' ? ' ' : '')); } });
    list.addEventListener('keydown', e => {
      const b = [...list.children], at = b.indexOf(d.activeElement), row = b.filter(x => x.offsetTop === b[0]?.offsetTop).length;
      const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: row, ArrowUp: -row, Home: -at, End: b.length - 1 - at }[e.key];
      if (by === undefined || at < 0) return;
      e.preventDefault();
      if (e.key === 'ArrowUp' && at < row) q.focus(); else b[Math.max(0, Math.min(b.length - 1, at + by))].focus();
    });
  }

  // ---------------------------------------------------------------- @people, #hashtags, :emoji: (B50)
  const WORD = /(?:^|[\s(])([@#][\p{L}\p{N}_.@-]{2,60}|:[a-z0-9_+-]{2,30})$/iu;
  async function ask(word, signal) {
    if (word[0] === ':') {
      const s = word.slice(1).toLowerCase().replace(/_/g, ' '), found = (await emoji()).flatMap(g => g.list).filter(e => e.words.toLowerCase().replace(/_/g, ' ').includes(s));
      return found.sort((a, b) => b.name.startsWith(s) - a.name.startsWith(s)).slice(0, 8).map(e => ({ insert: e.text, name: e.name, note: e.picture ? '' : e.text, picture: e.picture }));
    }
    const r = await fetch('/complete?q=' + encodeURIComponent(word), { signal });
    return r.ok && !r.redirected ? r.json() : [];
  }
  function complete(x) {
    const id = x.id + '-list', list = attrs(make('ul', { className: 'suggest', hidden: true, id }), { role: 'listbox', 'aria-label': 'Suggestions' });
    const says = attrs(make('p', { className: 'vh' }), { role: 'status' });
    x.after(list, says); attrs(x, { 'aria-autocomplete': 'list', 'aria-controls': id, autocomplete: 'off' });
    let timer, going, at = -1;
    const word_at = () => x.selectionStart === x.selectionEnd ? WORD.exec(x.value.slice(0, x.selectionStart).slice(-80))?.[1] : undefined;
    const close = () => { list.hidden = true; list.replaceChildren(); says.textContent = ''; at = -1; attrs(x, { 'aria-activedescendant': null }); };
    const mark = n => { const o = [...list.children]; at = (n + o.length) % o.length; o.forEach((e, i) => attrs(e, { 'aria-selected': String(i === at) })); attrs(x, { 'aria-activedescendant': o[at].id }); o[at].scrollIntoView({ block: 'nearest' }); };
    const take = o => { insert(x, o.dataset.text + ' ', x.selectionStart - (word_at() ?? '').length); close(); };
    const show = found => {
      if (!found.length) return close();
      list.replaceChildren(...found.map((e, n) => attrs(make('li', { id: `${id}-${n}` }, ...e.picture ? [make('img', { src: e.picture, alt: '', width: 24, height: 24, className: 'av xs' })] : [], make('b', { textContent: e.name }), make('span', { className: 'muted small', textContent: e.note })), { role: 'option', 'data-text': e.insert })));
      list.hidden = false; says.textContent = `${found.length} suggestions. Use the arrow keys.`; mark(0);
    };
    x.addEventListener('input', () => {
      clearTimeout(timer); going?.abort();
      const asked = word_at();
      if (!asked) return close();
      timer = setTimeout(() => { going = new AbortController(); ask(asked, going.signal).then(found => { if (word_at() === asked) show(found); }).catch(() => {}); }, 150);
    });
    x.addEventListener('keydown', e => {
      if (list.hidden || e.isComposing) return;
      if (e.key === 'ArrowDown' || e.key === 'ArrowUp') mark(at + (e.key === 'ArrowDown' ? 1 : -1));
      else if ((e.key === 'Enter' && !e.ctrlKey && !e.metaKey) || (e.key === 'Tab' && !e.shiftKey)) take(list.children[at]);
      else if (e.key === 'Escape') close(); else return;
      e.preventDefault();
    });
    list.addEventListener('mousedown', e => { e.preventDefault(); const o = e.target.closest('li'); if (o) take(o); });
    x.addEventListener('blur', close);
  }

  $$('form.write').forEach(f => {
    if (f.dataset.draft) keepTyped(f);
    if (f.elements.later) ownClock(f);
    $$('textarea[data-limit]', f).forEach(x => { x.addEventListener('input', () => count(x)); count(x); complete(x); });
    picker(f);
    const x = d.activeElement; if (f.contains(x) && x.matches('textarea')) x.setSelectionRange(x.value.length, x.value.length);
  });
})();
