// Passkeys: asks our server what to ask for, the browser for a passkey, and sends the form.
(() => {
  if (!window.PublicKeyCredential) return;
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const known = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));
  const written = made => {
    const response = {};
    for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'])
      if (made.response[name]) response[name] = text(made.response[name]);
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };
  const ask = async form => {
    const answer = await fetch(form.dataset.passkey, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
    const o = await answer.json();
    if (!answer.ok) throw new Error(o.error);
    o.challenge = bytes(o.challenge);
    if (!o.user) return navigator.credentials.get({ publicKey: { ...o, allowCredentials: known(o.allowCredentials) } });
    o.user.id = bytes(o.user.id);
    return navigator.credentials.create({ publicKey: { ...o, excludeCredentials: known(o.excludeCredentials) } });
  };
  document.querySelectorAll('form[data-passkey]').forEach(form => {
    form.hidden = false;
    const told = form.querySelector('[role=status]');
    form.addEventListener('submit', async event => {
      event.preventDefault();
      told.textContent = '';
      try {
        form.elements.answer.value = written(await ask(form));
        form.submit();
      } catch (error) {
        told.textContent = error.name === 'Error' ? error.message : 'No passkey was used. Try again, or choose another way.';
      }
    });
  });
})();
