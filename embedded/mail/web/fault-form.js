// @ts-check
import { element, icon } from './dom.js';
import { describeFault, placeLabels, usualFaults } from './fault-words.js';
/** @import { FaultEffect, FaultMatch, NewFault } from './contract.js' */
/** @import { Usual } from './fault-words.js' */

const places = /** @type {[NewFault['at'], string][]} */ (Object.entries(placeLabels));

/**
 * The form that adds one of the usual faults: choose it, change what is to be changed, read the sentence, add.
 *
 * @param {(fault: NewFault) => Promise<void>} onadd
 */
export function faultForm(onadd) {
	/** @type {Usual} */
	let usual = usualFaults[0];
	const hint = element('p', { class: 'muted hint', id: 'fault-hint' });
	const own = element('div', { class: 'field-row' });
	const sentence = element('output', { class: 'fault-sentence' });
	const at = element('select', { class: 'control', name: 'at' }, ...places.map(([value, label]) => element('option', { value }, label)));
	const times = field('number', 'times', { min: 1, placeholder: 'until removed' });
	const to = field('text', 'to', { placeholder: 'anyone' });
	const stream = field('text', 'stream', { placeholder: 'any' });
	const subject = field('text', 'subject', { placeholder: 'any' });
	const narrowing = element(
		'details',
		{},
		element('summary', {}, icon('chevron-right', 12), 'Only for some messages'),
		element('div', { class: 'field-row' }, labelled('To', to), labelled('Stream', stream), labelled('Subject contains', subject))
	);
	/** What only some faults have: milliseconds, seconds, a code, a message. @type {Record<string, HTMLInputElement>} */
	let details = {};

	/** @returns {NewFault} */
	const wanted = () => {
		/** @type {FaultMatch} */
		const match = Object.fromEntries(
			[to, stream, subject].filter(({ value }) => value.trim() !== '').map(({ name, value }) => [name, value.trim()])
		);
		const place = places.find(([value]) => value === at.value)?.[0] ?? 'any';
		return {
			at: place,
			...(Object.keys(match).length > 0 && { match }),
			...(times.value !== '' && { times: Number(times.value) }),
			effect: changedBy(usual.fault.effect, details)
		};
	};
	const say = () => (sentence.textContent = describeFault(wanted()));

	/** @param {Usual} chosen */
	const choose = (chosen) => {
		usual = chosen;
		hint.textContent = chosen.hint;
		at.value = chosen.fault.at;
		times.value = String(chosen.fault.times ?? '');
		if (chosen.narrow) narrowing.open = true;
		details = detailsOf(chosen.fault.effect);
		own.replaceChildren(...Object.entries(details).map(([name, input]) => labelled(detailLabels[name] ?? name, input)));
		say();
	};

	const choices = usualFaults.map((each, index) => {
		const radio = element('input', {
			type: 'radio',
			name: 'usual',
			value: each.key,
			checked: index === 0,
			'aria-describedby': 'fault-hint'
		});
		radio.addEventListener('change', () => choose(each));
		return element('label', { class: 'chip' }, radio, each.label);
	});
	const form = element(
		'form',
		{ class: 'fault-form' },
		element('fieldset', { class: 'chips' }, element('legend', { class: 'hidden-text' }, 'What goes wrong'), ...choices),
		hint,
		element(
			'div',
			{ class: 'field-row' },
			labelled('Where', element('span', { class: 'select' }, at, icon('chevron-down', 14))),
			labelled('How often', times)
		),
		own,
		narrowing,
		sentence,
		element('button', { type: 'submit', class: 'button primary' }, 'Add fault')
	);
	form.addEventListener('input', say);
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		void onadd(wanted());
	});
	choose(usual);
	return form;
}

/** @type {Record<string, string>} */
const detailLabels = {
	ms: 'Milliseconds',
	status: 'Status',
	retryAfter: 'Retry-After, seconds',
	errorCode: 'Error code',
	message: 'Message'
};

/**
 * @param {string} type
 * @param {string} name
 * @param {Record<string, string | number | boolean>} [more]
 */
function field(type, name, more = {}) {
	return element('input', { type, name, class: 'control', autocomplete: 'off', ...more });
}

/**
 * @param {string} label
 * @param {HTMLElement} input
 */
const labelled = (label, input) => element('label', { class: 'field' }, element('span', {}, label), input);

/**
 * @param {FaultEffect} effect
 * @returns {Record<string, HTMLInputElement>}
 */
function detailsOf(effect) {
	return Object.fromEntries(
		Object.entries(effect)
			.filter(([name, value]) => name in detailLabels && (typeof value === 'number' || typeof value === 'string'))
			.map(([name, value]) => [name, field(typeof value === 'number' ? 'number' : 'text', name, { value, required: true, min: 0 })])
	);
}

/**
 * The effect with what was typed in place of the usual values.
 *
 * @param {FaultEffect} effect
 * @param {Record<string, HTMLInputElement>} details
 * @returns {FaultEffect}
 */
function changedBy(effect, details) {
	/** @param {string} name @param {number} usual */
	const number = (name, usual) => (details[name] ? Number(details[name].value) : usual);
	switch (effect.kind) {
		case 'delay':
			return { ...effect, ms: number('ms', effect.ms) };
		case 'status':
			return {
				...effect,
				status: number('status', effect.status),
				...(effect.retryAfter !== undefined && { retryAfter: number('retryAfter', effect.retryAfter) })
			};
		case 'reject':
			return { ...effect, errorCode: number('errorCode', effect.errorCode), message: details.message?.value ?? effect.message };
		default:
			return effect;
	}
}
