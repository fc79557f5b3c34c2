// SPDX-License-Identifier: LGPL-2.1-or-later
// Of preact.js, what the modules under js/ui use: for `tsc --noEmit` alone, no browser loads it.

/** What is shown: what html`` gives, text, or nothing. */
export type Child = any;

/** htm: one element, or an array where the template has several roots. */
export function html(strings: TemplateStringsArray, ...values: any[]): any;
export function h(type: any, properties?: object | null, ...children: Child[]): any;
export function render(what: Child, into: Element): void;

export type Ref<T> = { current: T };
export function useState<T>(
  initial: T | (() => T),
): [T, (value: T | ((before: T) => T)) => void];
export function useReducer<S, A>(
  reduce: (state: S, action: A) => S, initial: S,
): [S, (action: A) => void];
type Effect = () => void | (() => void);
export function useEffect(effect: Effect, on?: readonly unknown[]): void;
/** Before the browser paints. */
export function useLayoutEffect(effect: Effect, on?: readonly unknown[]): void;
export function useRef<T>(initial: T): Ref<T>;
export function useMemo<T>(make: () => T, on?: readonly unknown[]): T;
export function useCallback<F extends Function>(callback: F, on: readonly unknown[]): F;
export interface Context<T> {
  Provider: any;
}
export function createContext<T>(initial: T): Context<T>;
export function useContext<T>(context: Context<T>): T;
/** Catches what a component below throws; the function forgets it. */
export function useErrorBoundary(report?: (error: any) => void): [any, () => void];

export abstract class Component<P = any, S = any> {
  constructor(properties?: P);
  props: P;
  state: S;
  setState(change: Partial<S> | ((before: S) => Partial<S>)): void;
  forceUpdate(): void;
  componentDidCatch?(error: any): void;
  abstract render(properties?: P, state?: S): Child;
}
