	switch (t->back) {
	default: Uerror("bad return move");
	case  0: goto R999; /* nothing to undo */

		 /* PROC :init: */
	case 3: // STATE 11
		sv_restor();
		goto R999;
	case 4: // STATE 22
		sv_restor();
		goto R999;
	case 5: // STATE 33
		sv_restor();
		goto R999;
	case 6: // STATE 46
		sv_restor();
		goto R999;
	case 7: // STATE 58
		sv_restor();
		goto R999;
	case 8: // STATE 69
		sv_restor();
		goto R999;
	case 9: // STATE 80
		sv_restor();
		goto R999;
	case 10: // STATE 91
		sv_restor();
		goto R999;
	case 11: // STATE 104
		sv_restor();
		goto R999;
	case 12: // STATE 116
		sv_restor();
		goto R999;
	case 13: // STATE 127
		sv_restor();
		goto R999;
	case 14: // STATE 137
		sv_restor();
		goto R999;
	case 15: // STATE 147
		sv_restor();
		goto R999;
	case 16: // STATE 168
		sv_restor();
		goto R999;
	case 17: // STATE 180
		sv_restor();
		goto R999;
	case 18: // STATE 188
		sv_restor();
		goto R999;
	case 19: // STATE 198
		sv_restor();
		goto R999;
	case 20: // STATE 210
		sv_restor();
		goto R999;
	case 21: // STATE 215
		sv_restor();
		goto R999;
	case 22: // STATE 222
		sv_restor();
		goto R999;
	case 23: // STATE 242
		sv_restor();
		goto R999;
	case 24: // STATE 246
		sv_restor();
		goto R999;
	case 25: // STATE 249
		sv_restor();
		goto R999;
	case 26: // STATE 265
		sv_restor();
		goto R999;

	case 27: // STATE 270
		;
		now.c_end = trpt->bup.ovals[3];
		now.c_full = trpt->bup.ovals[2];
		now.c_address = trpt->bup.ovals[1];
		now.checkpointing = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 28: // STATE 272
		;
		now.c_end = trpt->bup.oval;
		;
		goto R999;

	case 29: // STATE 277
		;
		now.c_at = trpt->bup.oval;
		;
		goto R999;
	case 30: // STATE 282
		sv_restor();
		goto R999;
	case 31: // STATE 311
		sv_restor();
		goto R999;
	case 32: // STATE 321
		sv_restor();
		goto R999;
	case 33: // STATE 344
		sv_restor();
		goto R999;
	case 34: // STATE 361
		sv_restor();
		goto R999;
	case 35: // STATE 365
		sv_restor();
		goto R999;
	case 36: // STATE 368
		sv_restor();
		goto R999;
	case 37: // STATE 371
		sv_restor();
		goto R999;
	case 38: // STATE 386
		sv_restor();
		goto R999;
	case 39: // STATE 397
		sv_restor();
		goto R999;
	case 40: // STATE 414
		sv_restor();
		goto R999;
	case 41: // STATE 424
		sv_restor();
		goto R999;
	case 42: // STATE 439
		sv_restor();
		goto R999;
	case 43: // STATE 458
		sv_restor();
		goto R999;

	case 44: // STATE 494
		;
		now.snapshot.promise = trpt->bup.ovals[34];
		now.snapshot.chosen[1] = trpt->bup.ovals[33];
		now.snapshot.chosen[0] = trpt->bup.ovals[32];
		now.snapshot.vote[1] = trpt->bup.ovals[31];
		now.snapshot.vote[0] = trpt->bup.ovals[30];
		now.checkpointing = trpt->bup.ovals[29];
		now.c_leans = trpt->bup.ovals[28];
		now.c_full = trpt->bup.ovals[27];
		now.c_relied = trpt->bup.ovals[26];
		now.c_list = trpt->bup.ovals[25];
		now.c_copy = trpt->bup.ovals[24];
		now.c_address = trpt->bup.ovals[23];
		now.c_end = trpt->bup.ovals[22];
		now.c_at = trpt->bup.ovals[21];
		now.l_target = trpt->bup.ovals[20];
		now.l_at = trpt->bup.ovals[19];
		now.control = trpt->bup.ovals[18];
		now.p_ballot = trpt->bup.ovals[17];
		now.p_address = trpt->bup.ovals[16];
		now.p_at = trpt->bup.ovals[15];
		now.m_relies = trpt->bup.ovals[14];
		now.m_slot = trpt->bup.ovals[13];
		now.m_address = trpt->bup.ovals[12];
		now.m_at = trpt->bup.ovals[11];
		now.w_won[1] = trpt->bup.ovals[10];
		now.w_ballot[1] = trpt->bup.ovals[9];
		now.w_slot[1] = trpt->bup.ovals[8];
		now.w_address[1] = trpt->bup.ovals[7];
		now.w_at[1] = trpt->bup.ovals[6];
		now.w_won[0] = trpt->bup.ovals[5];
		now.w_ballot[0] = trpt->bup.ovals[4];
		now.w_slot[0] = trpt->bup.ovals[3];
		now.w_address[0] = trpt->bup.ovals[2];
		now.w_at[0] = trpt->bup.ovals[1];
		now.crashes = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 35);
		goto R999;

	case 45: // STATE 542
		;
		now.r_at = trpt->bup.ovals[1];
		now.power = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 46: // STATE 542
		;
		now.r_at = trpt->bup.oval;
		;
		goto R999;

	case 47: // STATE 497
		;
		now.x = trpt->bup.ovals[1];
		now.power = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 49: // STATE 505
		;
		now.x = trpt->bup.ovals[1];
		now.pc[ Index(now.x, 5) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 50: // STATE 505
		;
		now.x = trpt->bup.ovals[1];
		now.disk[ Index(now.x, 5) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 51: // STATE 505
		;
		now.x = trpt->bup.ovals[2];
		now.disk[ Index(now.x, 5) ] = trpt->bup.ovals[1];
		now.pc[ Index(now.x, 5) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 52: // STATE 505
		;
		now.x = trpt->bup.oval;
		;
		goto R999;

	case 53: // STATE 507
		;
		now.x = trpt->bup.oval;
		;
		goto R999;

	case 54: // STATE 513
		;
		now.x = trpt->bup.oval;
		;
		goto R999;

	case 55: // STATE 513
		;
		now.x = trpt->bup.oval;
		;
		goto R999;

	case 56: // STATE 514
		;
		now.tail_pc[0] = trpt->bup.oval;
		;
		goto R999;

	case 57: // STATE 515
		;
		now.tail_disk[0] = trpt->bup.oval;
		;
		goto R999;

	case 58: // STATE 518
		;
		now.tail_pc[1] = trpt->bup.oval;
		;
		goto R999;

	case 59: // STATE 519
		;
		now.tail_disk[1] = trpt->bup.oval;
		;
		goto R999;

	case 60: // STATE 542
		;
		now.r_at = trpt->bup.ovals[7];
		now.super_pc.shared = trpt->bup.ovals[6];
		now.super_pc.tail = trpt->bup.ovals[5];
		now.super_pc.durable = trpt->bup.ovals[4];
		now.super_pc.promised = trpt->bup.ovals[3];
		now.super_pc.inc = trpt->bup.ovals[2];
		now.super_pc.begin_inc = trpt->bup.ovals[1];
		now.super_pc.begin = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 8);
		goto R999;

	case 61: // STATE 542
		;
		now.r_at = trpt->bup.ovals[7];
		now.super_disk.shared = trpt->bup.ovals[6];
		now.super_disk.tail = trpt->bup.ovals[5];
		now.super_disk.durable = trpt->bup.ovals[4];
		now.super_disk.promised = trpt->bup.ovals[3];
		now.super_disk.inc = trpt->bup.ovals[2];
		now.super_disk.begin_inc = trpt->bup.ovals[1];
		now.super_disk.begin = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 8);
		goto R999;
	case 62: // STATE 688
		sv_restor();
		goto R999;
	case 63: // STATE 702
		sv_restor();
		goto R999;
	case 64: // STATE 713
		sv_restor();
		goto R999;
	case 65: // STATE 726
		sv_restor();
		goto R999;
	case 66: // STATE 730
		sv_restor();
		goto R999;
	case 67: // STATE 733
		sv_restor();
		goto R999;
	case 68: // STATE 748
		sv_restor();
		goto R999;
	case 69: // STATE 758
		sv_restor();
		goto R999;
	case 70: // STATE 809
		sv_restor();
		goto R999;

	case 71: // STATE 813
		;
		p_restor(II);
		;
		;
		goto R999;
	}

