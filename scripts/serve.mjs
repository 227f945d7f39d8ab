// The built app as a child of scripts/start.mjs: it ends when its parent does. In production run `node build` instead.
process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume();
await import(new URL('../build/index.js', import.meta.url).href);
