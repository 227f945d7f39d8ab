import type { FileReading } from './answer-call';
import type { Plan } from './evaluate';
import type { Answer, Choice } from './field';
import { tooLarge } from './limits';
import type { Overview, Summary } from './session';
import { FileRefused } from './table';

/** A pipeline that deals can be imported into, its stages in board order. */
export type ImportPipeline = { id: string; name: string; isDefault: boolean; stages: { id: string; name: string; kind: string }[] };

/** Where the import happens and who does it. */
export type ImportSetting = {
	orgId: string;
	currency: string;
	me: string;
	pipelines: ImportPipeline[];
	/** The members to whom the person may give deals. */
	owners: Choice[];
	/** Whether deals may be left without an owner. */
	mayLeaveUnowned: boolean;
	locale: string;
	today: string;
};

/** `file` → `columns` (mapping and questions) → `check` (what would be imported). Running and its result are ImportRun's. */
export type ImportStep = 'file' | 'columns' | 'check';

/** One file on its way from choosing it to being ready to import: what was guessed, what the person decided, what came of it. */
export class ImportFlow {
	step = $state<ImportStep>('file');
	/** A sentence about the file as a whole. */
	problem = $state<string | null>(null);
	file = $state.raw<File | null>(null);
	/** The file is being read. */
	opening = $state(false);
	/** Decisions were changed and the rows are being read anew. */
	reading = $state(false);
	overview = $state.raw<Overview | null>(null);
	summary = $state.raw<Summary | null>(null);
	pipelineId = $state('');
	mapping = $state.raw<Record<string, number | null>>({});
	styles = $state.raw<Record<string, string>>({});
	answers = $state.raw<Record<string, Record<string, Answer>>>({});
	currency = $state('');

	#setting: ImportSetting;
	#newReading: () => FileReading | Promise<FileReading>;
	#held: FileReading | null = null;
	/** Which file, and which reading of its rows, is the latest: answers that come late are dropped. */
	#fileRound = 0;
	#readRound = 0;

	constructor(setting: ImportSetting, newReading: () => FileReading | Promise<FileReading>) {
		this.#setting = setting;
		this.#newReading = newReading;
		this.currency = setting.currency;
		this.#usePipeline((setting.pipelines.find(({ isDefault }) => isDefault) ?? setting.pipelines[0])?.id ?? '');
	}

	/** Whoever holds the file, once one is open. */
	get held(): FileReading | null {
		return this.#held;
	}

	get pipeline(): ImportPipeline | undefined {
		return this.#setting.pipelines.find(({ id }) => id === this.pipelineId);
	}

	/** Values that still need an answer. */
	get openQuestions(): number {
		return this.summary?.questions.filter(({ answer }) => answer === null).length ?? 0;
	}

	/** Reads a file, after its size was found small enough. */
	async choose(file: File): Promise<void> {
		this.putAway();
		this.file = file;
		this.problem = tooLarge(file);
		if (this.problem) return;
		this.opening = true;
		await this.#guarded(async (latest) => {
			const held = await this.#newReading();
			if (!latest()) return held.close();
			this.#held = held;
			const overview = await held.ask({ name: 'open', file });
			if (!latest()) return;
			this.#take(overview);
			await this.#evaluate();
			if (!latest()) return;
			this.step = 'columns';
			this.opening = false;
		});
	}

	/** Forgets the file and everything decided about it. */
	putAway(): void {
		this.#fileRound += 1;
		this.#readRound += 1;
		this.#held?.close();
		this.#held = null;
		this.step = 'file';
		this.problem = null;
		this.file = null;
		this.opening = false;
		this.reading = false;
		this.overview = null;
		this.summary = null;
	}

	async useSheet(sheet: string): Promise<void> {
		await this.#reopen(async (held) => held.ask({ name: 'useSheet', sheet }));
	}

	/** Takes another row as the header: its index, or null where the file has none. */
	async useHeader(row: number | null): Promise<void> {
		await this.#reopen(async (held) => held.ask({ name: 'useHeader', row }));
	}

	/** Fills a field from another column, or from none. A column fills one field only. */
	async map(field: string, column: number | null): Promise<void> {
		const freed = Object.entries(this.mapping).map(([key, used]) => [key, used === column ? null : used] as const);
		this.mapping = { ...Object.fromEntries(freed), [field]: column };
		const { [field]: _, ...styles } = this.styles;
		this.styles = styles;
		await this.#evaluate();
	}

	async useStyle(field: string, style: string): Promise<void> {
		this.styles = { ...this.styles, [field]: style };
		await this.#evaluate();
	}

	/** Answers for a value, or takes the answer back. */
	async answer(field: string, key: string, answer: Answer | null): Promise<void> {
		const { [key]: _, ...rest } = this.answers[field] ?? {};
		this.answers = { ...this.answers, [field]: answer === null ? rest : { ...rest, [key]: answer } };
		await this.#evaluate();
	}

	async useCurrency(currency: string): Promise<void> {
		this.currency = currency;
		await this.#evaluate();
	}

	async usePipeline(id: string): Promise<void> {
		this.#usePipeline(id);
		await this.#evaluate();
	}

	#usePipeline(id: string): void {
		this.pipelineId = id;
		const first = this.pipeline?.stages.find(({ kind }) => kind === 'open') ?? this.pipeline?.stages[0];
		// Rows that name none start where new deals start, with the person who brings them; both can be changed.
		this.answers = { owner: { '': { use: this.#setting.me } }, ...this.answers, stage: first ? { '': { use: first.id } } : {} };
	}

	#take(overview: Overview): void {
		this.overview = overview;
		this.mapping = { ...overview.mapping };
		this.styles = {};
	}

	async #reopen(ask: (held: FileReading) => Promise<Overview>): Promise<void> {
		const held = this.#held;
		if (!held) return;
		this.reading = true;
		await this.#guarded(async (latest) => {
			const overview = await ask(held);
			if (!latest()) return;
			this.#take(overview);
			await this.#evaluate();
		});
	}

	#plan(): Plan {
		const { owners, locale, today } = this.#setting;
		const stages = this.pipeline?.stages.map(({ id, name }) => ({ id, label: name, names: [name] })) ?? [];
		return $state.snapshot({
			mapping: this.mapping,
			styles: this.styles,
			answers: this.answers,
			defaults: { currency: this.currency },
			choices: { stage: stages, owner: owners },
			locale,
			today
		});
	}

	/** Reads the rows by the latest decisions. */
	async #evaluate(): Promise<void> {
		const held = this.#held;
		if (!held) return;
		const round = (this.#readRound += 1);
		this.reading = true;
		await this.#guarded(async () => {
			const summary = await held.ask({ name: 'evaluate', plan: this.#plan() });
			if (round !== this.#readRound) return;
			this.summary = summary;
			this.reading = false;
		});
	}

	/** Does work on the file; a file that turns out unreadable is put away with its reason, unless another was chosen meanwhile. */
	async #guarded(work: (latest: () => boolean) => Promise<void>): Promise<void> {
		const round = this.#fileRound;
		const latest = () => round === this.#fileRound;
		try {
			await work(latest);
		} catch (error) {
			if (!(error instanceof FileRefused)) throw error;
			if (!latest()) return;
			const { file } = this;
			this.putAway();
			this.file = file;
			this.problem = error.message;
		}
	}
}
