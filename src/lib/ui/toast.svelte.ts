/** What a toast says: a finished action (with a way back), or a failure and what to do. */
export type Toast = {
	id: number;
	message: string;
	tone: 'neutral' | 'success' | 'danger';
	action?: { label: string; run: () => void | Promise<void> };
};

export type ToastOptions = {
	tone?: Toast['tone'];
	/** One verb: "Undo", "Retry". */
	action?: Toast['action'];
	/** How long it stays, in milliseconds; failures and toasts with an action stay longer. */
	durationMs?: number;
};

/** The toasts on screen. Only ever filled in the browser, so the server shares nothing between requests. */
class Toasts {
	#list = $state<Toast[]>([]);
	#next = 1;
	#timers = new Map<number, { left: number; since: number; timer: ReturnType<typeof setTimeout> }>();

	get list(): readonly Toast[] {
		return this.#list;
	}

	show(message: string, options: ToastOptions = {}): number {
		if (typeof document === 'undefined') return 0;
		const { tone = 'neutral', action } = options;
		const id = this.#next++;
		this.#list = [...this.#list.slice(-3), { id, message, tone, action }];
		this.#start(id, options.durationMs ?? (tone === 'danger' || action ? 8000 : 4000));
		return id;
	}

	dismiss(id: number): void {
		clearTimeout(this.#timers.get(id)?.timer);
		this.#timers.delete(id);
		this.#list = this.#list.filter((toast) => toast.id !== id);
	}

	/** Time stands still while somebody reads (pointer or focus on the toasts). */
	pause(): void {
		for (const entry of this.#timers.values()) {
			clearTimeout(entry.timer);
			entry.left -= Date.now() - entry.since;
		}
	}

	resume(): void {
		for (const [id, entry] of this.#timers) this.#start(id, Math.max(entry.left, 1500));
	}

	#start(id: number, left: number): void {
		clearTimeout(this.#timers.get(id)?.timer);
		this.#timers.set(id, { left, since: Date.now(), timer: setTimeout(() => this.dismiss(id), left) });
	}
}

export const toasts = new Toasts();

/** Shows a toast: `toast('Deal moved to trash', { action: { label: 'Undo', run: restore } })`. Returns its id. */
export function toast(message: string, options?: ToastOptions): number {
	return toasts.show(message, options);
}
