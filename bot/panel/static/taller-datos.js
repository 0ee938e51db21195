// What the workshop keeps on this telephone, in IndexedDB: notes that are to leave (until they left), today's people
// (until the day is over), what is half written, and who works here. All of it is bound to a user.
const NAME = 'arraigo-taller';
let opened;

function base() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true }).createIndex('user', 'user');
      db.createObjectStore('days', { keyPath: 'user' });
      db.createObjectStore('drafts', { keyPath: 'key' });
      db.createObjectStore('meta', { keyPath: 'key' });
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => { request.result.close(); opened = undefined; };
      request.result.onclose = () => { opened = undefined; };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  opened.catch(() => { opened = undefined; });
  return opened;
}

/** Runs `work(store)` and waits until it is on the disk; the result is that of its request, if it gives one. */
async function inside(name, mode, work) {
  const db = await base();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, mode, { durability: 'strict' });
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

export const read = (name, key) => inside(name, 'readonly', (store) => store.get(key));
export const write = (name, value) => inside(name, 'readwrite', (store) => store.put(value));
export const erase = (name, key) => inside(name, 'readwrite', (store) => store.delete(key));
export const every = (name) => inside(name, 'readonly', (store) => store.getAll());

/** Takes these notes out of the queue, all at once. */
export const left = (seqs) => inside('queue', 'readwrite', (store) => { seqs.forEach((seq) => store.delete(seq)); });

/** The day, what is half written and who worked here go; notes that have not left stay until they do. */
export async function forget() {
  if (!(await indexedDB.databases()).some((db) => db.name === NAME)) return;
  for (const name of ['days', 'drafts']) await inside(name, 'readwrite', (store) => store.clear());
  await erase('meta', 'who');
}

/** Clears each day that is over, with what was half written on it, by our clock and not the telephone's. */
export async function clearOld() {
  for (const day of await every('days')) {
    if (Date.now() + day.off < Date.parse(day.until)) continue;
    await erase('days', day.user);
    for (const draft of await every('drafts')) {
      if (draft.key.startsWith(`${day.user}:`)) await erase('drafts', draft.key);
    }
  }
}

/** Eight hexadecimal digits for this telephone: they tell two of them apart, and nothing else. */
export async function device() {
  const known = await read('meta', 'device');
  if (known) return known.value;
  const value = crypto.randomUUID().slice(0, 8);
  await write('meta', { key: 'device', value });
  return value;
}
