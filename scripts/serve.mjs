// The built app as a child of scripts/start.mjs: it ends when its parent does. In production run `node build` instead.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
// The server closes gracefully on SIGTERM; a parent that lives on must not keep this process alive after that.
process.once('sveltekit:shutdown', () => process.exit(0));
await import(new URL('../build/index.js', import.meta.url).href);
