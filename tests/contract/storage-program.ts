import { createStorage } from '../../embedded/storage/index.ts';
import { fileSizeLimit, secretKey, serveStorage, signingSecret } from './storage-server.ts';

/** Storage in a process of its own, for tests that kill it: takes the database's URL and the folder, prints where it listens and its secret key. */
const [url = '', folder = ''] = process.argv.slice(2);

const { port } = await serveStorage(await createStorage({ url, folder, signingSecret, fileSizeLimit }));
console.log(JSON.stringify({ port, key: secretKey }));
