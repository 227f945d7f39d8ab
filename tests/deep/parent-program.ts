import { startEmbedded } from '../../scripts/processes.mjs';

/** What `npm start` is to the platform: its parent, which holds its standard input. For tests that kill it. Prints how the platform is reached. */
const { info } = await startEmbedded({ verbose: false });
console.log(JSON.stringify(info));
