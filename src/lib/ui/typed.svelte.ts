import { on } from 'svelte/events';

/** Tells a control that what it shows is saved as its form sent it, so that the page's data speaks for it again. */
export const savedEvent = 'saved';

/**
 * What a control shows whose value is that of the page's data, which colleagues change live: what somebody entered stays, whatever the data becomes meanwhile, until
 * the data says the same or it is saved, perhaps in another form (without the spaces around it). For a component's initialization.
 * @param given what the data says
 */
export function typedOver<T>(given: () => T): { value: T; saved: (control: HTMLElement) => () => void } {
	let typed = $state.raw<{ value: T } | null>(null);
	$effect.pre(() => {
		if (typed && String(typed.value ?? '') === String(given() ?? '')) typed = null;
	});
	return {
		get value() {
			return typed ? typed.value : given();
		},
		set value(value) {
			typed = { value };
		},
		/** To be attached to the control. */
		saved: (control) => on(control, savedEvent, () => (typed = null))
	};
}
