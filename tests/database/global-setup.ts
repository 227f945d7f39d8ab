import type { TestProject } from 'vitest/node';
import { type ClusterAddress, useTestCluster } from '../support/postgres.ts';

declare module 'vitest' {
	export interface ProvidedContext {
		cluster: ClusterAddress;
	}
}

/** One throw-away server with a migrated template for the whole suite. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const cluster = await useTestCluster();
	project.provide('cluster', cluster.address);
	return cluster.stop;
}
