import type { SupabaseClient } from '@supabase/supabase-js';
import type { Claims } from '$lib/server/session';
import type { ViewAs } from '$lib/server/view-as';
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
			/** On whose behalf pages are drawn: the signed-in person, or the member they see the app as. */
			user: { id: string; email: string } | null;
			/** The view this browser is in, when the app is seen as somebody else. */
			viewAs: ViewAs | null;
			/** Auth did not answer, so nobody knows whether this is a visitor. */
			authUnreachable: boolean;
			/** Workspaces already opened during this request, by slug. */
			workspaces?: Map<string, Promise<OpenWorkspace>>;
		}
	}
}

export {};
