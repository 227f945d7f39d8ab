/** What `supabase/config.toml` decides here. Names follow the Supabase CLI's file; keys not listed have no effect. */
export type Settings = {
	api: { schemas: string[]; extraSearchPath: string[]; maxRows: number };
	auth: AuthSettings;
	mail: MailSettings;
	/** `file_size_limit`, in bytes. */
	storage: { fileSizeLimit: number };
	functions: FunctionsSettings;
};

/** The `[auth]` part. Durations are seconds, password lengths bytes. */
export type AuthSettings = {
	siteUrl: string;
	/** Exact URLs or glob patterns that links in e-mails may lead to besides the site. */
	additionalRedirectUrls: string[];
	/** Where Auth is reached from outside, without a trailing slash; empty means `<api>/auth/v1`. */
	externalUrl: string;
	jwtExpiry: number;
	enableSignup: boolean;
	enableRefreshTokenRotation: boolean;
	refreshTokenReuseInterval: number;
	minimumPasswordLength: number;
	/** Sets of characters of which a password must hold one each, as GoTrue's `password_requirements` expands them. */
	passwordCharacters: string[];
	email: EmailSettings;
	rateLimit: RateLimitSettings;
	/** 0 means no limit. */
	sessions: { timebox: number; inactivityTimeout: number };
	mfa: { maxEnrolledFactors: number; totp: { enrollEnabled: boolean; verifyEnabled: boolean } };
	hooks: { customAccessToken: Hook | null; beforeUserCreated: Hook | null };
};

/** The `[auth.email]` part. */
export type EmailSettings = {
	/** `enable_signup`: false turns every way in by e-mail off. */
	enabled: boolean;
	doubleConfirmChanges: boolean;
	enableConfirmations: boolean;
	securePasswordChange: boolean;
	/** Seconds between two letters of one kind to one address. */
	maxFrequency: number;
	/** Digits of a code, 6 to 10. */
	otpLength: number;
	/** Seconds a code or link is good for. */
	otpExpiry: number;
	templates: Record<LetterTemplate, Template>;
	/** Only those that are enabled. */
	notifications: Partial<Record<NotificationTemplate, Template>>;
	/** Null: everything goes to the mailbox of this machine. */
	smtp: SmtpSettings | null;
};

/** Letters a person asked for; the names are those of `[auth.email.template.<name>]`. */
export const letterTemplates = ['invite', 'confirmation', 'recovery', 'magic_link', 'email_change', 'reauthentication'] as const;
export type LetterTemplate = (typeof letterTemplates)[number];

/** Letters that tell of a change; the names are those of `[auth.email.notification.<name>]`. */
export const notificationTemplates = ['password_changed', 'email_changed', 'mfa_factor_enrolled', 'mfa_factor_unenrolled'] as const;
export type NotificationTemplate = (typeof notificationTemplates)[number];

/** Subject and HTML body in Go's template language, as GoTrue takes them. */
export type Template = { subject: string; html: string };

export type SmtpSettings = { host: string; port: number; user: string; pass: string; adminEmail: string; senderName: string };

/** The `[auth.rate_limit]` part, per IP address in five minutes unless said otherwise. */
export type RateLimitSettings = {
	/** Letters an hour in all; Infinity where they stay on this machine, as in the CLI. */
	emailSent: number;
	tokenRefresh: number;
	signInSignUps: number;
	tokenVerifications: number;
	/** Challenges, and codes, of second factors a minute: GoTrue's MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY, which the CLI does not set. */
	factors: number;
};

/** A function of the project's database that Auth asks: `pg-functions://postgres/<schema>/<function>`. */
export type Hook = { schema: string; function: string; uri: string };

/** `[edge_runtime] enabled` and the `[functions.<name>]` parts. */
export type FunctionsSettings = { enabled: boolean; named: Map<string, FunctionSettings> };

/** `entrypoint`: path of the module, from the folder of the file. */
export type FunctionSettings = { enabled: boolean; verifyJwt: boolean; entrypoint?: string };

/** The `[local_smtp]` part (`[inbucket]` in older files). */
export type MailSettings = { enabled: boolean; adminEmail: string; senderName: string };
