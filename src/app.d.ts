import type { SupabaseClient } from '@supabase/supabase-js';
import type { Claims } from '$lib/server/session';
import type { OpenWorkspace } from '$lib/server/workspace';
import type { Database } from '$lib/database.types';

declare global {
	namespace App {
		/** What every error page and JSON error carries: a sentence for the person and a code for the program. */
		interface Error {
			message: string;
			code?: string;
			requestId?: string;
		}

		interface Locals {
			/** Names this request in logs, in the response and in the database's live messages. */
			requestId: string;
			/** Acts with the user's own token; row-level security decides what it sees. */
			supabase: SupabaseClient<Database>;
			/** The verified claims of the session's token, or null for a visitor. */
			claims: Claims | null;
			user: { id: string; email: string } | null;
			/** Auth did not answer, so nobody knows whether this is a visitor. */
			authUnreachable: boolean;
			/** Workspaces already opened during this request, by slug. */
			workspaces?: Map<string, Promise<OpenWorkspace>>;
		}
	}
}

export {};
