export { dumpData, type Dumped } from './dump.ts';
export { forgetData } from './forget.ts';
export { restoreData, type RestoreOptions } from './restore.ts';
export { finishRestore } from './swap.ts';
