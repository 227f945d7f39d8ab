import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Memory, Ready } from './realtime-program.ts';

export type RealtimeProcess = Ready & { measure(): Promise<Memory>; isRunning(): boolean; stop(): Promise<void> };

/** Starts a Realtime server in a process of its own. */
export async function startRealtimeProcess(): Promise<RealtimeProcess> {
	const program = fork(fileURLToPath(new URL('./realtime-program.ts', import.meta.url)), { execArgv: ['--expose-gc'] });
	const told = async () => {
		const [message] = await once(program, 'message');
		return message;
	};
	const ready: Ready = await told();
	return {
		...ready,
		async measure() {
			const memory = told();
			program.send('measure');
			return memory;
		},
		isRunning: () => program.exitCode === null && program.signalCode === null,
		async stop() {
			const ended = once(program, 'exit');
			program.send('stop');
			await ended;
		}
	};
}

export const megabytes = (bytes: number) => Math.round(bytes / 1_048_576);

/** A number from the environment, for a run that is shorter or longer than usual. */
export const knob = (name: string, usual: number) => Number(process.env[name] ?? usual);
