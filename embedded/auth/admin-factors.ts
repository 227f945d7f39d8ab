import { recordAudit } from './audit.ts';
import { wantedUser } from './admin.ts';
import type { AuthContext } from './context.ts';
import { ownFactor, removeFactor } from './mfa.ts';
import { textField, type AuthRequest, type Fields } from './request.ts';
import { factorJson } from './user-json.ts';

/** GET /admin/users/:id/factors. */
export async function showFactors(auth: AuthContext, userId: string): Promise<Fields[]> {
	return (await wantedUser(auth.sql, userId)).factors.map(factorJson);
}

/** PUT /admin/users/:id/factors/:id: its name. */
export async function renameFactor(auth: AuthContext, { body, ip }: AuthRequest, userId: string, factorId: string): Promise<Fields> {
	return auth.sql.begin(async (tx) => {
		const user = await wantedUser(tx, userId, { lock: true });
		const factor = ownFactor(user, factorId);
		const friendlyName = textField(body, 'friendly_name') || factor.friendlyName;
		await tx`update auth.mfa_factors set friendly_name = ${friendlyName}, updated_at = now() where id = ${factor.id}`;
		const traits = { user_id: user.id, factor_id: factor.id, factor_type: factor.factorType };
		await recordAudit(tx, 'service_role', 'factor_updated', { ip, traits });
		return factorJson({ ...factor, friendlyName });
	});
}

/** DELETE /admin/users/:id/factors/:id: for somebody who lost their authenticator. */
export async function deleteFactor(auth: AuthContext, { ip }: AuthRequest, userId: string, factorId: string): Promise<Fields> {
	return auth.sql.begin(async (tx) => {
		const user = await wantedUser(tx, userId, { lock: true });
		const factor = ownFactor(user, factorId);
		await removeFactor(tx, user.id, factor.id);
		await recordAudit(tx, user, 'factor_deleted', { ip, traits: { user_id: user.id, factor_id: factor.id } });
		return factorJson(factor);
	});
}
