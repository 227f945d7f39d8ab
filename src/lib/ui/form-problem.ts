/** What a form shows after it was refused: one sentence above it, or sentences beside its fields. */
export type FormProblem = { message: string | null; code: string; errors: Record<string, string> };
