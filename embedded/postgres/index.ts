export { startPostgres } from './server.ts';
export type { LoginRole, PostgresOptions, PostgresServer } from './server.ts';
export { prepareDatabase } from './prepare.ts';
export { claimPort } from './ports.ts';
export { PortTaken, Refusal } from './refusal.ts';
export { serverFolders } from './service-user.ts';
