import type { TestProject } from 'vitest/node';
import { startTestCluster, type ClusterAddress } from '../support/postgres.ts';

declare module 'vitest' {
	export interface ProvidedContext {
		/** A server of these tests' own; its template has the schema and no data, and is only ever copied. */
		databaseServer: ClusterAddress;
	}
}

/** Starts one throw-away server with a migrated template for the whole suite. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const cluster = await startTestCluster();
	project.provide('databaseServer', cluster.address);
	return cluster.stop;
}
