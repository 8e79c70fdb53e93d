/** What V8's profiler tells. */
export interface Profile {
  /** µs of the monotonic clock. */
  readonly startTime: number;
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function and where it stands. */
export function nameOf({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const place = url.replace(/^.*\/(src|node_modules)\//, '$1/');
  return `${functionName || '(anonymous)'} ${place && `${place}:${lineNumber + 1}`}`.trim();
}
