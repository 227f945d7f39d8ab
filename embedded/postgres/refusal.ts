/**
 * A start that cannot go on, told so that a person can act on it: `code` is stable for programs,
 * `message` says what is wrong, `fix` what to do about it.
 */
export class Refusal extends Error {
	readonly code: string;
	readonly fix: string;

	constructor(code: string, message: string, fix: string, options?: ErrorOptions) {
		super(message, options);
		this.name = 'Refusal';
		this.code = code;
		this.fix = fix;
	}
}

/** Somebody else listens on a port we were told to use; `variable` is the setting that moves it. */
export class PortTaken extends Refusal {
	readonly port: number;
	readonly variable: string;

	constructor(port: number, variable: string) {
		super(
			'port_taken',
			`Port ${port} on 127.0.0.1 is in use by another program.`,
			`Stop that program, or choose another port with ${variable}=<port>.`
		);
		this.name = 'PortTaken';
		this.port = port;
		this.variable = variable;
	}
}
