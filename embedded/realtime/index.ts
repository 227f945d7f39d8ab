export { createRealtime } from './realtime.ts';
export type { Caller, Realtime, RealtimeOptions } from './realtime.ts';
export type { Limits } from './limits.ts';
