/**
 * What a control shows whose value is that of the page's data, which colleagues change live: what somebody entered stays, whatever the data becomes meanwhile, until
 * the data says the same. For a component's initialization.
 * @param given what the data says
 */
export function typedOver<T>(given: () => T): { value: T } {
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
		}
	};
}
