// stand-in until the engine has its calls
import { engine } from "../engine/client.ts";
import type { Board, BoardQuery, BoardRule, BoardWanted, HostHealth } from "../engine/board.ts";
import type { Row, Selection } from "../engine/types.ts";

interface Calls {
  board(query: BoardQuery, wanted: BoardWanted): Promise<Board>;
  boardRows(query: BoardQuery, sort: Selection["sort"], from: number, to: number, columns: string[]): Promise<Row[]>;
  boardRule(query: BoardQuery): Promise<BoardRule>;
  boardHealth(): Promise<HostHealth[]>;
}
export const calls = engine as unknown as Calls;
